/** Lines of one terminal among the rows of another one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rows } from "../src/core/rows";
import { readingOf, sameRows } from "../src/core/same_rows";

/** Rows; one that begins with + goes on with the line above. */
const rowsOf = (...rows: readonly string[]): Rows => ({
  length: rows.length,
  text: (row) => rows[row]?.replace(/^\+/, "") ?? "",
  continues: (row) => rows[row]?.startsWith("+") === true,
});
const at = (...rows: readonly string[]): { rows: Rows; cursor: number } => ({ rows: rowsOf(...rows), cursor: rows.length - 1 });
const found = (copy: readonly string[], here: readonly string[], wanted: readonly number[], unsure = 0): [number, number][] =>
  [...sameRows(at(...copy), at(...here), wanted, unsure)];

test("how a line reads does not tell where it is broken", () => {
  const broken = rowsOf("$ echo a", "+ bc ", "+d", "other");
  for (const row of [0, 1, 2]) assert.equal(readingOf(broken, row), "$echoabcd");
  assert.equal(readingOf(broken, 3), "other");
  const endless = rowsOf(...Array.from({ length: 5000 }, () => "+x"));
  assert.equal(readingOf(endless, 2500).length, 128, "not more of it than a screen or two");
});

test("rows are the same as far up as all reads the same, also where one side holds less", () => {
  const lines = ["$ ls", "a", "$ ls", "a", "$ "];
  assert.deepEqual(found(lines, lines, [0, 2]), [[0, 0], [2, 2]]);
  assert.deepEqual(found(lines, ["b", ...lines], [0, 2]), [[0, 1], [2, 3]]);
  assert.deepEqual(found(lines, lines.slice(1), [0, 2]), [[2, 1]]);
  assert.deepEqual(found(lines, ["$ ls", "a", "$ ls", "a", "$ typed on"], [0, 2]), [[0, 0], [2, 2]], "the cursor's line may have gone on");
});

test("above a line that reads otherwise a row is the same only where no other reads like it", () => {
  assert.deepEqual(found(["$ one", "$ ls", "$ ls", "10 %", "$ two", "$ "], ["$ one", "$ ls", "$ ls", "20 %", "$ two", "$ "], [0, 1, 2, 4]), [[0, 0], [4, 4]]);
  assert.deepEqual(found(["$ one", "x", "$ "], ["$ one", "$ one", "y", "$ "], [0]), []);
  assert.deepEqual(found(["", "x", "$ "], ["", "y", "$ "], [0]), [], "an empty row tells nothing");
});

test("above what is not sure nothing is taken for its neighbour", () => {
  const lines = ["$ ls", "$ ls", "$ ls", "$ long", "$ "];
  assert.deepEqual(found(lines, lines, [1, 3], 3), [[3, 3]]);
});

test("a command within a line of several rows stands in its row", () => {
  const lines = ["no newl", "+ine$ ls", "$ "];
  assert.deepEqual(found(lines, ["x", ...lines], [1]), [[1, 2]]);
});
