/** Where commands stand whose beginning a terminal has not seen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal } from "@xterm/xterm";
import type { ConsoleTerminal } from "../src/console/terminal";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const OUTPUT = "one\r\ntwo\r\n$ ";
let meanwhile = (): void => {};
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { hidden: false, getElementById: () => ({ textContent: JSON.stringify(BOOT) }) }),
  window: new EventTarget(),
  location: { href: "http://localhost/" },
  fetch: async (path: string) => {
    if (path.includes("/map")) return Response.json({ sizes: [] });
    meanwhile();
    return new Response(OUTPUT, { headers: { "X-Log-Start": "0", "X-Log-End": String(OUTPUT.length) } });
  },
});
const { findCommands } = await import("../src/cards/finding");

test("rows are found in the terminal as it is, not in one that was begun anew meanwhile", async () => {
  const term = new Terminal({ cols: 80, rows: 5, allowProposedApi: true });
  await new Promise<void>((done) => term.write(OUTPUT, done));
  const terminal = { term, consoleId: "c", channel: { state: { peek: () => "live" }, parsed: OUTPUT.length } } as unknown as ConsoleTerminal;
  const run = { id: 1, start: 0, kind: "run" } as const;
  assert.equal((await findCommands(terminal, [run])).get(1)?.line, 0);
  meanwhile = () => {
    term.reset();
    term.write("one\r\nof another command\r\n");
  };
  assert.equal((await findCommands(terminal, [run])).size, 0);
});
