/** The layout on its way to the server, and what this tab keeps of it until it is there. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const BOOT = { base: "/", csrf: "", layouts: { wide: "at first" }, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const kept = new Map<string, string>();
const listeners = new Map<string, () => void>();
Object.assign(globalThis, {
  document: { getElementById: () => ({ textContent: JSON.stringify(BOOT) }) },
  addEventListener: (name: string, act: () => void) => listeners.set(name, act),
  sessionStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  },
});
const { Saver } = await import("../src/shell/saver");

/** What the server was sent, and how each request is answered. */
const sent: unknown[] = [];
const answers: (() => void)[] = [];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function loaded(): InstanceType<typeof Saver> {
  const saver = new Saver("wide");
  saver.load();
  return saver;
}

beforeEach(() => {
  kept.clear();
  sent.length = answers.length = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(globalThis, "fetch", (_url: string, { body }: RequestInit) => {
    sent.push(JSON.parse(String(body)));
    return new Promise((resolve) => answers.push(() => resolve(new Response(""))));
  });
});
afterEach(() => {
  mock.timers.reset();
  mock.reset();
});

test("what is taken back before it was sent is not there after a reload", () => {
  const saver = loaded();
  saver.save("other");
  assert.equal(loaded().load(), "other");
  saver.save("at first");
  mock.timers.tick(1000);
  assert.deepEqual(sent, []);
  assert.equal(loaded().load(), "at first");
});

test("what is taken back while it is on its way is sent again, also by a page that leaves", async () => {
  const saver = loaded();
  saver.save("other", true);
  saver.save("at first", true);
  assert.deepEqual(sent, ["other"]);
  assert.equal(loaded().load(), "at first");
  listeners.clear();
  const leaving = new Saver("wide");
  leaving.load();
  leaving.save("other", true);
  leaving.save("at first");
  listeners.get("pagehide")?.();
  assert.deepEqual(sent, ["other", "other", "at first"]);
  answers[0]?.();
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.deepEqual(sent, ["other", "other", "at first", "at first"]);
});
