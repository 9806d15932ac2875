/** Copy and paste. Plain http has no asynchronous clipboard, and a browser may refuse to read it: there
 * is always a way that works by hand. */

import { hasSeveralLines } from "../core/pasting";
import { say, sayError } from "../shell/notices";
import type { ConsoleTerminal } from "./terminal";

/** Copy inside the gesture that asked for it; what goes wrong is said to the person. */
export async function copyText(text: string): Promise<void> {
  if (!(await mayCopy(text))) say("The browser does not let this page copy. Select the text and use its own Copy.", "warn", null, "copy");
}

/** Copy inside the gesture that asked for it. Returns whether the browser allowed it. */
export async function mayCopy(text: string): Promise<boolean> {
  try {
    if (!navigator.clipboard) throw new Error("no clipboard on plain http");
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

/** The way of old: a selected text field and the copy command. It gives the focus back. */
function copyByHand(text: string): boolean {
  const before = document.activeElement as HTMLElement | null;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true; // no keyboard comes for it
  field.className = "visually-hidden";
  // Beside an open dialog nothing can be selected.
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(field);
  field.select();
  field.setSelectionRange(0, text.length); // where there is no selecting by script but this
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}

/** The Paste key: the clipboard's text, or a field to paste into where the browser keeps it closed. */
export async function pasteFromKey(terminal: ConsoleTerminal): Promise<void> {
  let text: string | null = null;
  try {
    text = navigator.clipboard ? await navigator.clipboard.readText() : null;
  } catch {
    text = null; // refused or dismissed
  }
  try {
    text ??= await import("../later").then(({ askForText }) => askForText());
  } catch (error) {
    sayError(error);
  }
  if (text) await pasteInto(terminal, text);
}

/** Paste, bracketed where the program asked for it. Several lines that a program would run one by one
 * are asked about first. */
export async function pasteInto(terminal: ConsoleTerminal, text: string): Promise<void> {
  try {
    if (hasSeveralLines(text) && !terminal.term.modes.bracketedPasteMode) {
      const { askToPaste } = await import("../later");
      if (!(await askToPaste(text))) return terminal.term.focus();
    }
  } catch (error) {
    return sayError(error); // offline, before that was loaded
  }
  terminal.typing.paste(text);
  terminal.term.focus();
}
