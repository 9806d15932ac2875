/** Events as lines: all that a report of another person's device needs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compositionLine, keyLine, textLine } from "../src/core/event_lines";

const KEY = { type: "keydown", key: "c", code: "KeyC", keyCode: 67, repeat: false, isComposing: false, getModifierState: () => false };

test("a key with its modifiers, as the browser tells them", () => {
  assert.equal(keyLine(KEY), 'keydown key "c" code KeyC keyCode 67');
  const held = { ...KEY, key: "{", code: "", repeat: true, isComposing: true, getModifierState: (name: string) => name === "AltGraph" || name === "Shift" };
  assert.equal(keyLine(held), 'keydown key "{" code none keyCode 67 AltGraph Shift repeat composing');
});

test("text, what is composed, and what a browser leaves out", () => {
  assert.equal(textLine({ type: "beforeinput", inputType: "insertText", data: "“\n", isComposing: false }), 'beforeinput insertText "“\\n"');
  assert.equal(textLine({ type: "input", inputType: "", data: null, isComposing: true }), "input ? null composing");
  assert.equal(compositionLine({ type: "compositionupdate", data: "に" }), 'compositionupdate "に"');
});
