/** What a terminal holds as text to select from, and the place where somebody reads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressIn, copyText, MAX_LINES, textFrom, wordAt } from "../src/core/copy_text";
import { findPlace, placeOf, type Rows } from "../src/core/rows";

/** Rows from text; a row that begins with "+" goes on with the one above. */
function rowsOf(...texts: string[]): Rows {
  return {
    length: texts.length,
    text: (row) => (texts[row] as string).replace(/^\+/, ""),
    continues: (row) => (texts[row] as string).startsWith("+"),
  };
}

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

test("wrapped rows are joined, blanks at line ends and the empty rest of the screen are gone", () => {
  const { text, older, newer } = copyText(rowsOf("$ echo a long ", "+command  ", "out", "", "$ ", "", ""), 0, "");
  assert.equal(text, "$ echo a long command\nout\n\n$");
  assert.deepEqual([older, newer], [false, false]);
});

test("the place of the pressed cell is found in the text", () => {
  const rows = rowsOf("first", "a line that ", "+wraps here", "last");
  const { text, at } = copyText(rows, 2, "wra");
  assert.equal(text.slice(at), "ps here\nlast");
  assert.equal(text.slice(copyText(rows, 0, "first      ").at), "\na line that wraps here\nlast");
});

test("of more lines than it shows, the newest, or those around the pressed one", () => {
  const rows = rowsOf(...numbered(0, 5000));
  const newest = copyText(rows, 4990, "");
  assert.match(newest.text, /^line 3000\n[^]*\nline 4999$/);
  assert.deepEqual([newest.older, newest.newer], [true, false]);
  const around = copyText(rows, 1500, "");
  assert.equal(around.text.split("\n").length, MAX_LINES);
  assert.match(around.text, /^line 500\n/);
  assert.match(around.text.slice(around.at), /^line 1500\n/);
  assert.deepEqual([around.older, around.newer], [true, true]);
});

test("long lines are bounded in size, around the pressed one", () => {
  const long = "x".repeat(1000);
  const rows = rowsOf(...numbered(0, 1000).map((line) => `${line} ${long}`));
  const last = copyText(rows, 999, "");
  assert.ok(last.text.length <= 256 * 1024 && last.older && !last.newer);
  assert.match(last.text.slice(last.at), /^line 999 /);
  const first = copyText(rows, 0, "");
  assert.ok(first.text.length <= 256 * 1024 && !first.older && first.newer);
  assert.match(first.text, /^line 0 /);
  assert.equal(copyText(rowsOf("y".repeat(1_000_000)), 0, "").text.length, 256 * 1024);
});

test("words, without what stands around them", () => {
  const word = (text: string, at: number): string => text.slice(...wordAt(text, at));
  assert.equal(word("see (src/main.py:12), there", 8), "src/main.py:12");
  assert.equal(word('name="value"', 2), 'name="value');
  assert.equal(word("a  b", 1), "");
  assert.equal(word("end", 3), "");
  assert.equal(word("...", 1), "..");
});

test("addresses, without the sentence that they stand in", () => {
  assert.equal(addressIn("see https://example.org/a?b=1."), "https://example.org/a?b=1");
  assert.equal(addressIn("(http://localhost:8000/)"), "http://localhost:8000/");
  assert.equal(addressIn("javascript:alert(1) file:///x"), null);
});

test("what stands below a line", () => {
  assert.equal(textFrom(rowsOf("$ ls", "a   ", "b", "$ ", ""), 1), "a\nb\n$");
  assert.equal(textFrom(rowsOf("$ ls"), 1), "");
});

test("a place is found again below what was printed since", () => {
  const place = placeOf(rowsOf(...numbered(0, 100)), 40);
  assert.ok(place);
  assert.equal(findPlace(rowsOf(...numbered(20, 300)), place), 20);
});

test("a place in a line that wraps elsewhere now, or below blank lines, is found by the line", () => {
  const place = placeOf(rowsOf("a long ", "+line", "", "", "then this"), 2);
  assert.ok(place);
  assert.equal(findPlace(rowsOf("x", "a long line", "", "", "then this", "more"), place), 2);
  const inside = placeOf(rowsOf("zero", "a long ", "+line", "next"), 2);
  assert.ok(inside);
  assert.equal(findPlace(rowsOf("zero", "a long line", "next"), inside), 2);
});

test("of lines that look alike the place is where most of what follows agrees", () => {
  const before = rowsOf("same", "same", "one", "same", "same", "two", "$");
  const place = placeOf(before, 0);
  assert.ok(place);
  assert.equal(findPlace(rowsOf("same", "same", "one", "same", "same", "two", "other", "same"), place), 0);
});

test("a place that is gone is not found, and blank rows are none", () => {
  const place = placeOf(rowsOf(...numbered(0, 20)), 5);
  assert.ok(place);
  assert.equal(findPlace(rowsOf(...numbered(500, 600)), place), null);
  assert.equal(placeOf(rowsOf("a", "", ""), 1), null);
});
