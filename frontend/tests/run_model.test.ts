/** The list of what ran, as it asks the server after a break. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Card } from "../src/told";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const asked: string[] = [];
let answer: (path: string) => unknown;
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { hidden: false, getElementById: () => ({ textContent: JSON.stringify(BOOT) }) }),
  window: new EventTarget(),
  localStorage: { getItem: () => null, setItem: () => {} },
  sessionStorage: { getItem: () => null, setItem: () => {} },
  location: { href: "http://localhost/" },
  fetch: async (path: string) => {
    asked.push(path.replace(/.*\/cards/, ""));
    const body = answer(asked.at(-1) ?? "");
    return body === null ? Response.json({ error: { code: "not_found", message: "There is no such card." } }, { status: 404 }) : Response.json(body);
  },
});
const { runs } = await import("../src/runs/model");

const card = (id: number, state: Card["state"] = "ended"): Card => ({
  id, console: "c", kind: "command", command: `make ${id}`, cwd: "/home/user", interpreter: "/bin/bash", state, started: id, ended: state === "ended" ? id + 1 : null,
  cpu_seconds: 0.5, peak_bytes: null, peak_how: null, how: "exit", status: 0, exception: null, epoch: "e", start: 0, end: 1,
});
const page = (from: number, to: number): { cards: Card[]; more: boolean } => ({ cards: Array.from({ length: from - to + 1 }, (_, at) => card(from - at)), more: true });
const answered = async (): Promise<void> => {
  do await new Promise((done) => setTimeout(done, 1)); while (runs.asking.peek());
};

/** Open the list, hold two pages, of which 3 runs, and close it while somebody reads further down. */
async function readFurtherDown(): Promise<void> {
  answer = () => page(9, 6);
  runs.want({});
  const stop = runs.start();
  await answered();
  answer = () => ({ cards: [card(5), card(4), card(3, "running")], more: true });
  runs.older();
  await answered();
  runs.top = 400;
  stop();
  asked.length = 0;
}

test("what ran further down is looked at again after a break", async () => {
  await readFurtherDown();
  answer = (path) => (path === "/3" ? card(3) : page(10, 7));
  const stop = runs.start();
  await answered();
  assert.deepEqual(asked, ["?limit=100", "/3"]);
  assert.deepEqual(runs.list.peek().cards.map(({ id, state }) => `${id} ${state}`), [10, 9, 8, 7, 6, 5, 4, 3].map((id) => `${id} ended`));
  stop();
});

test("what is gone meanwhile is no trouble", async () => {
  await readFurtherDown();
  answer = (path) => (path === "/3" ? null : page(10, 7));
  const stop = runs.start();
  await answered();
  stop();
  assert.deepEqual([runs.trouble.peek(), runs.list.peek().cards[0]?.id], ["", 10]);
});

test("what went wrong is asked for again, not something else", async () => {
  await readFurtherDown();
  answer = () => { throw new Error("the server is away"); };
  const stop = runs.start();
  await answered();
  assert.notEqual(runs.trouble.peek(), "");
  answer = (path) => (path === "/3" ? card(3) : page(10, 7));
  asked.length = 0;
  runs.again();
  await answered();
  stop();
  assert.deepEqual([asked[0], runs.trouble.peek(), runs.list.peek().cards[0]?.id], ["?limit=100", "", 10]);
});
