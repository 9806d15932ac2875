/** Finding by a few letters. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { best, worth } from "../src/core/matching";

const find = (typed: string, ...all: string[]): string[] => best(typed, all, (one) => one, 10);

test("the start of a text comes before the start of a word, that before its inside, and scattered letters last", () => {
  assert.deepEqual(find("new", "Renew", "A new file", "New file", "none we"), ["New file", "A new file", "Renew", "none we"]);
});

test("each word is looked for, in any order and any case", () => {
  assert.deepEqual(find("PANE split", "Split the pane", "Close this pane"), ["Split the pane"]);
  assert.equal(worth("xyz", "Split"), null);
});

test("letters in sequence are enough", () => {
  assert.deepEqual(find("mpy", "main.py", "map.txt"), ["main.py"]);
});

test("nothing typed keeps the order, up to the most", () => {
  assert.deepEqual(best("", ["c", "a", "b"], (one) => one, 2), ["c", "a"]);
});

test("a word that begins later in the text counts as one, where its letters were met before", () => {
  assert.equal(worth("file", "profile file"), worth("file", "a file"));
});
