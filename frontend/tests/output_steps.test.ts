/** From command to command in the whole output of a console. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Card } from "../src/told";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const asked: (string | null)[] = [];
const nothing = { getItem: () => null, setItem: () => {} };
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { hidden: false, createElement: () => ({ style: {}, append: () => {} }), getElementById: () => ({ textContent: JSON.stringify(BOOT) }) }),
  window: new EventTarget(),
  getComputedStyle: () => ({ getPropertyValue: () => "" }),
  matchMedia: () => Object.assign(new EventTarget(), { matches: false }),
  localStorage: nothing,
  sessionStorage: nothing,
  location: { href: "http://localhost/" },
  fetch: async (path: string) => {
    asked.push(new URL(path, "http://localhost").searchParams.get("above"));
    const start = Number(asked.at(-1)) - 100;
    return Response.json({ cards: [{ id: start, console: "c", start, end: start + 50, state: "ended" }], more: true });
  },
});
const { OutputModel } = await import("../src/output/model");

test("two steps at once are two steps", async () => {
  const model = new OutputModel({ consoleId: "c" } as ConstructorParameters<typeof OutputModel>[0], null);
  model.scroller.toRange = async () => {};
  model.scroller.sight.value = { first: 0, end: 1000, at: null };
  model.chosen.value = { id: 900, start: 900 } as Card;
  await Promise.all([model.step(true), model.step(true)]);
  assert.deepEqual([asked, model.chosen.peek()?.start], [["900", "800"], 700]);
});
