/** The extra keys for keyboards that have none: of the terminal or of the editor, whichever is typed into. */

import "../later"; // with it, what all of them share is one chunk
import "./styled";
import { useSignal } from "@preact/signals";
import chevronsLeft from "lucide:chevrons-left";
import chevronsRight from "lucide:chevrons-right";
import appWindow from "lucide:app-window";
import ellipsis from "lucide:ellipsis";
import keyboard from "lucide:keyboard";
import { useEffect } from "preact/hooks";
import { activeTerminal } from "../console/active";
import { keyboardUp } from "../console/viewport";
import { activeView } from "../editor/views";
import { say } from "../shell/notices";
import { screenClass } from "../shell/screen";
import { PROGRAMS, type Shown } from "../core/programs";
import type { Key } from "./key";
import { KeyButton } from "./key_button";
import { KeyScroller } from "./key_scroller";
import { arrangeKeys } from "./arrange";
import { type Choice, choose, chosenFor, useProgram } from "./program";
import { consoleRow, orderedKeys, rowOf } from "./rows";
import { rowSetting, type RowSetting, setRow } from "./shown";

interface Opened {
  readonly key: Key;
  /** Where the middle of the key is, in CSS pixels from the left of the row. */
  readonly at: number;
}

export function KeyRow() {
  const second = useSignal(false);
  const opened = useSignal<Opened | null>(null);
  const terminal = activeTerminal.value;
  const inConsole = terminal !== null;
  const program = useProgram(terminal);
  useEffect(() => {
    second.value = false;
    opened.value = null;
  }, [inConsole]);
  const open = (key: Key, anchor: HTMLElement): void => {
    if (opened.peek()?.key.name === key.name) return void (opened.value = null);
    const row = anchor.closest(".key-bar")?.getBoundingClientRect();
    const box = anchor.getBoundingClientRect();
    opened.value = { key, at: box.left + box.width / 2 - (row?.left ?? 0) };
  };
  const narrow = screenClass.value === "narrow";
  const keys = terminal ? consoleRow(narrow, second.value, program, programKey(terminal.consoleId, program)) : orderedKeys(rowOf("editor", narrow));
  // Where there is room it stays beside ⋯, however many keys a program brings.
  const beside = inConsole && !narrow;
  const shown = [...keys];
  if (!inConsole || (narrow && second.value)) shown.splice(inConsole ? 2 : shown.length, 0, keyboardKey());
  const more: Key = { name: "More keys", face: ellipsis, icon: true, pressed: second.value, press: () => { second.value = !second.value; } };
  return (
    <div class="key-bar" role="toolbar" aria-label="Extra keys">
      {opened.value && <KeyMenu opened={opened.value} close={() => { opened.value = null; }} />}
      <KeyScroller key={`${inConsole} ${second.value}`} turner={turner}>
        {shown.map((key) => <KeyButton key={key.name} held={key} onMenu={open} opened={opened.value?.key.name === key.name} />)}
      </KeyScroller>
      {beside && <KeyButton key="keyboard" held={keyboardKey()} plain onMenu={open} />}
      {inConsole && <KeyButton key="more" held={more} plain />}
    </div>
  );
}

const turner = (name: string, after: boolean, press: () => void) => (
  <KeyButton held={{ name, face: after ? chevronsRight : chevronsLeft, icon: true, press }} plain />
);

/** What a key that is held has to it, above the key; the next press anywhere puts it away. */
function KeyMenu({ opened: { key, at }, close }: { opened: Opened; close: () => void }) {
  useEffect(() => {
    const away = ({ target }: Event): void => {
      if (!(target instanceof Element && target.closest(".key-menu, [aria-expanded=true]"))) close();
    };
    addEventListener("pointerdown", away, true);
    addEventListener("keydown", close, true);
    return () => {
      removeEventListener("pointerdown", away, true);
      removeEventListener("keydown", close, true);
    };
  }, []);
  const chosen = (one: Key): Key => ({ ...one, press: () => { close(); one.press(); } });
  return (
    <div class="key-menu" role="toolbar" aria-label={`More of ${key.name}`} style={{ "--at": `${at}px` }}>
      {key.menu?.map((one) => <KeyButton key={one.name} held={chosen(one)} />)}
    </div>
  );
}

const CHOICES: readonly Choice[] = ["auto", "off", ...PROGRAMS];

/** Says whose keys are there, and has the others. */
function programKey(consoleId: string, program: Shown | null): Key {
  const faces: Readonly<Record<string, string>> = { auto: "Auto", off: "Off", screen: "Screen" };
  const menu = CHOICES.map((choice): Key => ({
    name: `Program keys: ${faces[choice] ?? choice}`, face: faces[choice] ?? choice, pressed: chosenFor(consoleId) === choice,
    press: () => choose(consoleId, choice),
  }));
  const face = program ? { face: faces[program] ?? program } : { face: appWindow, icon: true };
  return { name: "Program keys", ...face, menu, opens: true, press: () => undefined };
}

const SETTINGS: Readonly<Record<RowSetting, string>> = { auto: "Auto", always: "Always", never: "Never" };

/** Brings the on-screen keyboard or puts it away; held, it says when this row is there. */
function keyboardKey(): Key {
  const settings = (Object.keys(SETTINGS) as RowSetting[]).map((value): Key => ({
    name: `Key row: ${SETTINGS[value]}`, face: SETTINGS[value], pressed: rowSetting.value === value,
    press: () => {
      setRow(value);
      if (value === "never") say("The key row is off on this device. Account and settings turns it on again.");
    },
  }));
  const arrange: Key = { name: "Arrange the keys", face: "Arrange…", press: arrangeKeys };
  return { name: keyboardUp.value ? "Hide keyboard" : "Show keyboard", face: keyboard, icon: true, menu: [...settings, arrange], press: toggleKeyboard };
}

function toggleKeyboard(): void {
  const terminal = activeTerminal.peek();
  if (keyboardUp.peek()) {
    if (terminal) terminal.term.blur();
    else activeView.peek()?.blur();
  } else {
    terminal?.term.blur(); // what has the focus already brings no keyboard again, once the system has put it away
    (terminal ?? activeView.peek())?.focus();
  }
}
