/** What each key sends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { controlOf, encodeKey, type Modifiers, NO_MODIFIERS } from "../src/core/keys";

const normal = { applicationCursorKeys: false };
const application = { applicationCursorKeys: true };
const mods = (names: string): Modifiers => ({
  ctrl: names.includes("c"),
  alt: names.includes("a"),
  shift: names.includes("s"),
});

const TABLE: [key: string, mods: string, bytes: string][] = [
  ["Escape", "", "\x1b"],
  ["Tab", "", "\t"],
  ["Tab", "s", "\x1b[Z"],
  ["Enter", "", "\r"],
  ["Enter", "a", "\x1b\r"],
  ["Backspace", "", "\x7f"],
  ["Backspace", "c", "\b"],
  ["ArrowUp", "", "\x1b[A"],
  ["ArrowLeft", "c", "\x1b[1;5D"],
  ["ArrowRight", "a", "\x1b[1;3C"],
  ["ArrowDown", "cs", "\x1b[1;6B"],
  ["Home", "", "\x1b[H"],
  ["End", "s", "\x1b[1;2F"],
  ["PageUp", "", "\x1b[5~"],
  ["PageDown", "c", "\x1b[6;5~"],
  ["Delete", "", "\x1b[3~"],
  ["F1", "", "\x1bOP"],
  ["F4", "s", "\x1b[1;2S"],
  ["F5", "", "\x1b[15~"],
  ["F12", "c", "\x1b[24;5~"],
  ["c", "c", "\x03"],
  ["d", "c", "\x04"],
  ["[", "c", "\x1b"],
  ["/", "c", "\x1f"],
  ["b", "a", "\x1bb"],
  ["c", "ca", "\x1b\x03"],
  ["|", "", "|"],
  ["ü", "c", "ü"],
];

for (const [key, names, bytes] of TABLE) {
  test(`${names}+${key}`, () => assert.equal(encodeKey(key, mods(names), normal), bytes));
}

test("arrows in application mode, but not with modifiers", () => {
  assert.equal(encodeKey("ArrowUp", NO_MODIFIERS, application), "\x1bOA");
  assert.equal(encodeKey("ArrowUp", mods("c"), application), "\x1b[1;5A");
});

test("every letter has its control character", () => {
  for (let at = 1; at <= 26; at += 1) assert.equal(controlOf(String.fromCharCode(96 + at)).charCodeAt(0), at);
});
