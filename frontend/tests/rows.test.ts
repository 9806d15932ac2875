/** The rows of a real terminal, as text to select from. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Terminal } from "@xterm/xterm";
import headless from "@xterm/headless";
import { textBefore } from "../src/console/rows";

async function showing(text: string): Promise<Terminal> {
  const term = new headless.Terminal({ cols: 20, rows: 4, allowProposedApi: true });
  await new Promise<void>((done) => term.write(text, done));
  return term as unknown as Terminal;
}

test("both cells of a wide character are its place, beyond the line is its end", async () => {
  const term = await showing("ab 日本 c");
  const before = [0, 2, 3, 4, 5, 6, 7, 8, 15].map((column) => textBefore(term, { row: 0, column }));
  assert.deepEqual(before, ["", "ab", "ab ", "ab ", "ab 日", "ab 日", "ab 日本", "ab 日本 ", "ab 日本 c"]);
  assert.equal(textBefore(term, { row: 9, column: 1 }), "");
});
