/** What is pasted into a terminal. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { harmless, hasSeveralLines, pasteLines } from "../src/core/pasting";

test("what acts as keys, or ends a bracketed paste, is left out", () => {
  assert.equal(harmless("ls\x1b[201~\rrm -r x\n\t\x03\x00ü\x9b201~"), "ls[201~\rrm -r x\n\tü201~");
});

test("a line end behind the last line makes no second one", () => {
  assert.equal(hasSeveralLines("ls\n"), false);
  assert.equal(hasSeveralLines("ls\r\n"), false);
  assert.equal(hasSeveralLines("ls\n\n"), true);
  assert.equal(hasSeveralLines("a\rb"), true);
});

test("the first lines are shown, long ones cut, the rest counted", () => {
  const { shown, count, more } = pasteLines(`${"x".repeat(300)}\n${Array.from({ length: 30 }, (_, i) => i).join("\n")}\n`);
  assert.equal(shown.length, 20);
  assert.equal(shown[0], `${"x".repeat(200)}…`);
  assert.deepEqual([count, more], [31, 11]);
});
