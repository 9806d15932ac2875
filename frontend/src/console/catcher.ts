/** What is typed between the press that makes a console and its terminal: it is meant for no other console. */

import { harmless } from "../core/pasting";
import type { ConsoleTerminal } from "./terminal";
import { keyboardUp } from "./viewport";

const MAX_CHARS = 4096;
const fields = new Map<string, HTMLTextAreaElement>();

/** Take the keys, once the menu is gone; a dialog keeps them. Returns what to do when the console is there, or, with
 * null, will not be: then the keys go back. */
export function catchKeys(): (consoleId: string | null) => void {
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.ariaLabel = "Keys for the new console";
  field.maxLength = MAX_CHARS;
  let before: Element | null = null;
  queueMicrotask(() => {
    if (document.querySelector("dialog[open]")) return;
    before = document.activeElement;
    if (matchMedia("(pointer: coarse)").matches && !keyboardUp.peek()) field.inputMode = "none";
    document.body.append(field);
    field.focus();
  });
  return (consoleId) => {
    if (consoleId !== null) fields.set(consoleId, field);
    else {
      if (document.activeElement === field) (before as HTMLElement | null)?.focus();
      field.remove();
    }
  };
}

/** Give a console's first terminal what was typed for it. */
export function giveCaught(consoleId: string, { typing }: ConsoleTerminal): void {
  const field = fields.get(consoleId);
  if (!field) return;
  fields.delete(consoleId);
  if (field.value) typing.type(harmless(field.value).replaceAll("\n", "\r"));
  // A keyboard on the screen would go, were no field focused until the terminal is.
  if (document.activeElement === field) field.onblur = () => field.remove();
  else field.remove();
}
