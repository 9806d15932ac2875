/** Keys that a terminal must not take as they come: the hardware Ctrl+C that WebKit on tablets reports
 * as Enter, copy and paste, and what a soft keyboard makes of quotes and dashes. */

import type { Terminal } from "@xterm/xterm";
import { controlOf } from "../core/keys";
import { copyText } from "./clipboard";

const ENTER = 13;
/** Key code of a keydown whose key a soft keyboard or input method still decides. */
const UNDECIDED = 229;
const PLAIN: Record<string, string> = { "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-" };

export interface KeyboardHandling {
  /** A key that the app keeps for itself (a shortcut). */
  readonly isReserved: (event: KeyboardEvent) => boolean;
  /** A key was pressed that only a hardware keyboard has. */
  readonly onHardwareKey: () => void;
}

/** Take care of the special keys of `term`. Returns what straightens typed text. */
export function handleKeys(term: Terminal, { isReserved, onHardwareKey }: KeyboardHandling): (data: string) => string {
  let soft = false;
  term.attachCustomKeyEventHandler((event) => {
    if (event.type === "keydown") {
      soft = event.keyCode === UNDECIDED || !event.code;
      if (!soft && isHardwareOnly(event)) onHardwareKey();
    }
    if (event.defaultPrevented || isReserved(event)) return false;
    if (event.type !== "keydown") return true;
    return !(isWrongEnter(event) ? sendControl(term, event) : isCopy(event, term) && copy(term, event));
  });
  return (data) => (soft && PLAIN[data]) || data;
}

/** What keeps a soft keyboard from "correcting" commands; xterm sets some of these itself. */
export function prepareInput(term: Terminal): void {
  const attributes = {
    autocomplete: "off",
    autocorrect: "off",
    autocapitalize: "off",
    spellcheck: "false",
    writingsuggestions: "false",
    enterkeyhint: "enter",
    inputmode: "text",
  };
  for (const [name, value] of Object.entries(attributes)) term.textarea?.setAttribute(name, value);
}

/** Letters prove nothing: some soft keyboards report them like a hardware one. */
function isHardwareOnly(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.altKey || event.metaKey || /^(Escape|Tab|Arrow\w+|F\d+)$/.test(event.key);
}

/** Ctrl and a letter that arrives with the key code of Enter. */
function isWrongEnter(event: KeyboardEvent): boolean {
  const alone = event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
  return alone && event.keyCode === ENTER && /^[a-z[\]\\]$/i.test(event.key);
}

function sendControl(term: Terminal, event: KeyboardEvent): boolean {
  event.preventDefault();
  term.input(controlOf(event.key));
  return true;
}

/** Ctrl+Shift+C, or Cmd+C with a selection. Plain Ctrl+C is always the program's. */
function isCopy(event: KeyboardEvent, term: Terminal): boolean {
  if (event.key.toLowerCase() !== "c" || event.altKey) return false;
  if (event.metaKey && !event.ctrlKey) return term.hasSelection();
  return event.ctrlKey && event.shiftKey && !event.metaKey;
}

/** Consumed also without a selection: the browser's own meaning (its inspector) would surprise. */
function copy(term: Terminal, event: KeyboardEvent): boolean {
  event.preventDefault();
  if (term.hasSelection()) void copyText(term.getSelection());
  return true;
}
