import assert from "node:assert/strict";
import { test } from "node:test";
import type { Terminal } from "@xterm/xterm";
import headless from "@xterm/headless";
import { TypedLine } from "../src/console/typed_line";

test("nobody knows where the last line stood in a screen that was begun anew", async () => {
  const term = new headless.Terminal({ cols: 20, rows: 6, scrollback: 50, allowProposedApi: true }) as unknown as Terminal;
  const typed = new TypedLine(term);
  await new Promise<void>((done) => term.write(`${"line\r\n".repeat(20)}$ make`, done));
  typed.note("\r");
  assert.equal(typed.below, 21);
  term.reset(); // as for a snapshot
  await new Promise<void>((done) => term.write("$ make\r\nout\r\n$ ", done));
  assert.equal(typed.below, null);
});
