/** What a keyboard inserts into the terminal's own text field and xterm does not take: a correction of what it typed
 * before, and words that come without a key while a screen reader is served or a key went up elsewhere. */

import type { Terminal } from "@xterm/xterm";
import { correction } from "../core/typed_text";
import { isSoft } from "./keyboard";

/** `typed` answers what stands in front of the cursor; `send` takes bytes as they are. */
export function takeCorrections(term: Terminal, typed: () => string, send: (bytes: string) => void): void {
  const field = term.textarea;
  if (!field) return;
  let before: string | null = null;
  let isDown = false;
  /** For xterm a key stays down that went up in another app, and while one is down it takes no words. */
  let isDownForXterm = false;
  let soft = false;
  field.addEventListener("beforeinput", ({ inputType, isComposing }) => {
    const { value, selectionStart: from, selectionEnd: to } = field;
    before = inputType === "insertReplacementText" ? value : null;
    // Some take a word for what they select: xterm sends the word and leaves what it stands for.
    if (inputType !== "insertText" || isDown || isComposing || from === to || to !== value.length) return;
    const bytes = correction(typed(), value, value.slice(0, from));
    if (bytes) send(bytes);
  });
  field.addEventListener("input", (event) => {
    const { inputType, data, isComposing } = event as InputEvent;
    if (before !== null) {
      const bytes = correction(typed(), before, field.value);
      before = null;
      if (bytes) send(bytes);
    } else if (inputType === "insertText" && data && !isDown && !isComposing && (isDownForXterm || term.options.screenReaderMode)) term.input(data);
  });
  field.addEventListener("keydown", (event) => {
    // A keyboard corrects what it sees in the field, so that is to stand in front of the cursor: keys that xterm has
    // taken by now change the terminal alone. While a key is undecided xterm itself compares what the field holds.
    const decided = !soft && !isSoft(event) && !event.isComposing;
    if (decided && !typed().endsWith(field.value)) field.value = typed();
    soft = isSoft(event);
    isDown = isDownForXterm = true;
  }, { capture: true });
  field.addEventListener("keyup", () => { isDown = isDownForXterm = false; }, { capture: true });
  field.addEventListener("blur", () => { isDown = false; });
}
