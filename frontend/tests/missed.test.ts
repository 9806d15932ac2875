/** What a page asks for, and tells, of bells that rang while it was not there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Letter } from "../src/told";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const seen: string[] = [];
let letters: readonly Partial<Letter>[] = [];
let answers = true;
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { hidden: false, getElementById: () => ({ textContent: JSON.stringify(BOOT) }) }),
  window: new EventTarget(),
  fetch: async (path: string) => {
    seen.push(path.replace(/.*\/letters/, ""));
    if (!answers && seen.length > 1) throw new TypeError("no network");
    return Response.json({ letters });
  },
});
const { tellMissed } = await import("../src/console/missed");

async function seenBy(heard: string | null): Promise<readonly string[]> {
  seen.length = 0;
  await tellMissed(heard, 7, (missed) => seen.push(`told ${missed.map(({ id }) => id)}`));
  return [...seen];
}

test("a new device says that it has told what no other had, so that the next one need not", async () => {
  const at = Date.now() / 1000;
  letters = [{ id: 8, at }, { id: 7, at }, { id: 6, at }];
  assert.deepEqual(await seenBy(null), ["?unseen=1", "told 7,6", "?after=7"]);
  assert.deepEqual(await seenBy("5"), ["?after=5", "told 7,6"], "which says it by itself");
  answers = false;
  assert.deepEqual(await seenBy(null), ["?unseen=1", "told 7,6", "?after=7"], "told is told, without the network too");
  answers = true;
  letters = [];
  assert.deepEqual(await seenBy(null), ["?unseen=1"]);
});
