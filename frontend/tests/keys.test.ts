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
  ["a", "s", "A"],
  ["1", "s", "1"],
  [" ", "c", "\x00"],
  ["@", "c", "\x00"],
  ["\\", "c", "\x1c"],
  ["]", "c", "\x1d"],
  ["^", "c", "\x1e"],
  ["_", "c", "\x1f"],
  ["-", "c", "\x1f"],
  ["?", "c", "\x7f"],
  ["|", "c", "|"],
  [".", "a", "\x1b."],
  ["Escape", "a", "\x1b\x1b"],
  ["Insert", "", "\x1b[2~"],
  ["PageUp", "s", "\x1b[5;2~"],
  ["Home", "c", "\x1b[1;5H"],
  ["End", "", "\x1b[F"],
  ["ArrowUp", "csa", "\x1b[1;8A"],
  ["ü", "c", "ü"],
  ["ß", "c", "ß"], // in capitals it begins with S, and Ctrl S would stop the output
];

for (const [key, names, bytes] of TABLE) {
  test(`${names}+${key}`, () => assert.equal(encodeKey(key, mods(names), normal), bytes));
}

test("F1 to F12", () => {
  const numbers = [15, 17, 18, 19, 20, 21, 23, 24].map((number) => `\x1b[${number}~`);
  const sent = Array.from({ length: 12 }, (_, at) => encodeKey(`F${at + 1}`, NO_MODIFIERS, normal));
  assert.deepEqual(sent, ["\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", ...numbers]);
});

test("Home and End in application mode", () => {
  assert.equal(encodeKey("Home", NO_MODIFIERS, application), "\x1bOH");
  assert.equal(encodeKey("End", NO_MODIFIERS, application), "\x1bOF");
  assert.equal(encodeKey("PageUp", NO_MODIFIERS, application), "\x1b[5~");
});

test("arrows in application mode, but not with modifiers", () => {
  assert.equal(encodeKey("ArrowUp", NO_MODIFIERS, application), "\x1bOA");
  assert.equal(encodeKey("ArrowUp", mods("c"), application), "\x1b[1;5A");
});

test("every letter has its control character", () => {
  for (let at = 1; at <= 26; at += 1) assert.equal(controlOf(String.fromCharCode(96 + at)).charCodeAt(0), at);
});
