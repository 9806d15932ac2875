/** What this keyboard says and what becomes of it: the event, the page's own action, the bytes that a program would get. */

import "../later";
import "./styled";
import { Terminal } from "@xterm/xterm";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { copyText } from "../console/clipboard";
import { readColours } from "../console/colours";
import { handleKeys, prepareInput } from "../console/keyboard";
import { fold } from "../console/modifiers";
import { compositionLine, keyLine, textLine } from "../core/event_lines";
import { chordOf, type Found } from "../core/keymap";
import { actionOf } from "../shell/key_help";
import { DialogBody, openDialog } from "../shell/overlays";

/** Lines kept, the newest first. */
const MOST = 40;
const TOLD = ["keydown", "beforeinput", "input", "compositionstart", "compositionupdate", "compositionend"] as const;

export function showKeyTester(): void {
  void openDialog<null>("Key tester", (close) => <KeyTester close={() => close(null)} />, { wide: true });
}

function KeyTester({ close }: { close(): void }) {
  const host = useRef<HTMLDivElement>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const lines = useSignal<readonly string[]>([]);
  const add = (line: string): void => { lines.value = [line, ...lines.peek()].slice(0, MOST); };
  useLayoutEffect(() => {
    if (!host.current) return undefined;
    const term = new Terminal({ rows: 1, cols: 20, theme: readColours().xterm, cursorInactiveStyle: "none" });
    const listening = new AbortController();
    term.open(host.current);
    prepareInput(term);
    for (const type of TOLD) host.current.addEventListener(type, (event) => add(said(event)), { capture: true, signal: listening.signal });
    // What the page would take for itself is not done here, nor what the browser makes of it.
    const straighten = handleKeys(term, (event) => takes(event, buttons.current));
    term.onData((data) => add(`sends ${bytesOf(fold(straighten(data), { applicationCursorKeys: false }))}`));
    term.textarea?.setAttribute("aria-label", "Keys to test");
    term.focus();
    return () => {
      listening.abort();
      term.dispose();
    };
  }, []);
  return (
    <DialogBody title="Key tester">
      <p class="dim">Press keys in the field. One that leaves no line was kept by the browser or the system. F6 leaves the field.</p>
      <div ref={host} class="key-tester" onClick={() => host.current?.querySelector("textarea")?.focus()} />
      <div class="key-tester-lines" role="log" aria-label="What was pressed" tabIndex={0}>
        <ol>{lines.value.map((line, at) => <li key={lines.value.length - at}>{line}</li>)}</ol>
      </div>
      <div ref={buttons} class="dialog-buttons">
        <button type="button" onClick={() => { lines.value = []; host.current?.querySelector("textarea")?.focus(); }}>Clear</button>
        <button type="button" onClick={() => void copyText(lines.peek().join("\n"))}>Copy</button>
        <button type="button" onClick={close}>Close</button>
      </div>
    </DialogBody>
  );
}

const meaning = (event: KeyboardEvent, inConsole: boolean): Found | "more" | null => actionOf(event, "", { inConsole, fullScreen: false });

/** Whether the page has a meaning for the key: here only the one that leads out of the field is done. */
function takes(event: KeyboardEvent, out: HTMLElement | null): boolean {
  const found = event.type === "keydown" ? meaning(event, true) : null;
  if (found === null) return false;
  event.preventDefault();
  if (found !== "more" && found.action === "next-region") out?.querySelector("button")?.focus();
  return true;
}

const named = (found: Found | "more"): string => (found === "more" ? "the first of two keys" : found.action);

function said(event: Event): string {
  if (event instanceof CompositionEvent) return compositionLine(event);
  if (!(event instanceof KeyboardEvent)) return textLine(event as InputEvent);
  const inText = meaning(event, false);
  if (inText === null) return keyLine(event);
  return `${keyLine(event)}. ${chordOf(event)} means ${named(inText)}${meaning(event, true) === null ? ", in a console it is the program's" : ""}`;
}

/** Control characters by their names, all as hexadecimal bytes. */
function bytesOf(data: string): string {
  const shown = data.replace(/[\u0000-\u001f]/g, (char) => (char === "\x1b" ? "ESC " : `^${String.fromCharCode(char.charCodeAt(0) + 64)}`)).replace("\x7f", "DEL");
  const hex = [...new TextEncoder().encode(data)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${shown} (${hex})`;
}
