/** Keys that a terminal must not take as they come: the hardware Ctrl+C that WebKit on tablets reports
 * as Enter, copy and paste, and what a soft keyboard makes of quotes and dashes. */

import type { Terminal } from "@xterm/xterm";
import { controlOf } from "../core/keys";
import { straight } from "../core/straight";
import { setTypingAids } from "../shell/typing_aids";
import { copyText } from "./clipboard";

const ENTER = 13;
/** Key code of a keydown whose key a soft keyboard or input method still decides. */
const UNDECIDED = 229;

/** Take care of the special keys of `term`, but for those that the app keeps for itself. Returns what straightens typed text. */
export function handleKeys(term: Terminal, isReserved: (event: KeyboardEvent) => boolean): (data: string) => string {
  let soft = false;
  term.attachCustomKeyEventHandler((event) => {
    if (event.type === "keydown") soft = isSoft(event);
    if (event.defaultPrevented || isReserved(event)) return false;
    if (event.type !== "keydown") return true;
    return !(isWrongEnter(event) ? sendControl(term, event) : isCopy(event, term) && copy(term, event));
  });
  return (data) => (soft ? straight(data) : data);
}

/** What keeps a soft keyboard from "correcting" commands; xterm sets some of these itself. */
export function prepareInput(term: Terminal): void {
  const field = term.textarea;
  if (!field) return;
  setTypingAids(field, false);
  field.autocomplete = "off";
  field.enterKeyHint = "enter";
  field.inputMode = "text";
}

/** Keys that belong to the page also while a terminal has the focus. */
export function isReserved(event: KeyboardEvent): boolean {
  if (event.key === "F6") return true;
  if (event.ctrlKey && event.altKey && event.key.startsWith("Arrow")) return true;
  if (event.ctrlKey && event.code === "Backquote") return true;
  return event.metaKey && event.key.toLowerCase() !== "c";
}

/** Whether an on-screen keyboard or an input method decides what this key is. */
export const isSoft = (event: KeyboardEvent): boolean => event.keyCode === UNDECIDED || !event.code;

/** Whether only a keyboard of metal and plastic has this key. Letters prove nothing: some soft ones report them alike. */
export function isHardware(event: KeyboardEvent): boolean {
  return !isSoft(event) && (event.ctrlKey || event.altKey || event.metaKey || /^(Escape|Tab|Arrow\w+|F\d+)$/.test(event.key));
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
