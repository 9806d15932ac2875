/** Lines of a log found again in a terminal, and links to them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { linkedLines, rowOfLines } from "../src/core/find_lines";
import type { Rows } from "../src/core/rows";

/** Rows from text; a row that begins with "+" goes on with the one above. */
function rowsOf(...texts: string[]): Rows {
  return {
    length: texts.length,
    text: (row) => (texts[row] as string).replace(/^\+/, ""),
    continues: (row) => (texts[row] as string).startsWith("+"),
  };
}

test("lines are found where they stand once, over wrapped rows", () => {
  const rows = rowsOf("$ make", "a long ", "+line", "done", "$ make", "done");
  assert.equal(rowOfLines(rows, ["a long line", "done  "]), 1);
  assert.equal(rowOfLines(rows, ["done"]), null);
  assert.equal(rowOfLines(rows, ["done", "$ make"]), 3);
  assert.equal(rowOfLines(rows, ["gone"]), null);
  assert.equal(rowOfLines(rows, ["", " "]), null);
});

test("a link names a console and a byte, or is none", () => {
  const link = (text: string) => linkedLines(new URLSearchParams(text));
  assert.deepEqual(link("console=ab12&at=77&epoch=e"), { console: "ab12", at: 77, epoch: "e", card: null });
  assert.equal(link("console=ab12&at=77&card=9")?.card, 9);
  assert.equal(link("console=ab12&at=77&card=-9")?.card, null);
  assert.deepEqual(link("console=ab12"), { console: "ab12", at: null, epoch: null, card: null });
  for (const text of ["", "at=7", "console=a/b&at=7", "console=a&at=-1", "console=a&at=1e9", "console=a&at="]) assert.equal(link(text), null);
});
