/** What a search in files says of itself. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { countWords, type FoundLine } from "../src/core/found";

const line: FoundLine = { line: 1, column: 0, before: "", match: "x", after: "" };
const file = { ref: "a", lines: [line], more: 0 };

test("how much was found, and whether that is all", () => {
  assert.equal(countWords({ files: [], end: "all", skipped: 0 }), "Nothing found");
  assert.equal(countWords({ files: [file], end: "all", skipped: 0 }), "1 line in 1 file");
  const more = { files: [file, { ...file, more: 50 }], skipped: 2 };
  assert.equal(countWords({ ...more, end: "all" }), "52 lines in 2 files; 2 files too large to search");
  assert.match(countWords({ ...more, end: "lines" }), /there are more/);
  assert.match(countWords({ ...more, end: "time" }), /not all was searched/);
});
