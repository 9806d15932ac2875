import assert from "node:assert/strict";
import test from "node:test";
import { isDirty, loserRef, maySave, opened, type Saving, type SavingEvent, startFrom, step } from "../src/core/saving";

const run = (from: Saving, ...events: SavingEvent[]): Saving => events.reduce(step, from);
const clean = opened("e1", false);

test("what is typed during a save is not taken for saved", () => {
  const after = run(clean, { type: "edited" }, { type: "sent" }, { type: "edited" }, { type: "stored", etag: "e2" });
  assert.equal(isDirty(after), true);
  assert.equal(after.base, "e2");
  assert.equal(maySave(after), true);
  assert.equal(isDirty(run(after, { type: "sent" }, { type: "stored", etag: "e3" })), false);
});

test("a second save waits for the first", () => {
  assert.equal(maySave(run(clean, { type: "edited" }, { type: "sent" }, { type: "edited" })), false);
});

test("a conflict stops saving until the person decides", () => {
  const torn = run(clean, { type: "edited" }, { type: "sent" }, { type: "failed", trouble: { kind: "conflict", theirs: "e9" } });
  assert.equal(maySave(torn), false);
  assert.equal(isDirty(torn), true);
  assert.equal(maySave(step(torn, { type: "edited" })), false);
  const mine = step(torn, { type: "insisted", etag: "e9" });
  assert.deepEqual([maySave(mine), mine.base], [true, "e9"]);
  const theirs = step(torn, { type: "replaced", etag: "e9" });
  assert.deepEqual([isDirty(theirs), theirs.base, theirs.trouble], [false, "e9", null]);
});

test("offline and a full disk keep the text and may be tried again", () => {
  for (const trouble of [{ kind: "offline" }, { kind: "full", message: "no room" }] as const) {
    const after = run(clean, { type: "edited" }, { type: "sent" }, { type: "failed", trouble });
    assert.deepEqual([isDirty(after), maySave(after), after.base], [true, true, "e1"]);
  }
});

test("another device's change: unsaved text is marked, a clean file is left to reload", () => {
  assert.equal(step(clean, { type: "seen", etag: "e2" }).trouble, null);
  const dirty = step(clean, { type: "edited" });
  const marked = step(dirty, { type: "seen", etag: "e2" });
  assert.deepEqual(marked.trouble, { kind: "conflict", theirs: "e2" });
  assert.equal(step(marked, { type: "seen", etag: "e1" }).trouble, null, "changed back");
  assert.deepEqual(step(clean, { type: "seen", etag: null }).trouble, { kind: "conflict", theirs: null }, "removed");
  const busy = run(dirty, { type: "sent" });
  assert.equal(step(busy, { type: "seen", etag: "e2" }), busy, "our own save on its way");
});

test("a kept text comes back, and says so when the file went on without it", () => {
  const file = { etag: "e1", text: "old" };
  assert.deepEqual(startFrom(file, [null, null]), { text: "old", saving: clean, restored: false });
  const same = startFrom(file, [{ base: "e1", text: "new", at: 5 }, null]);
  assert.deepEqual([same.text, isDirty(same.saving), same.saving.trouble, same.restored], ["new", true, null, true]);
  const torn = startFrom(file, [{ base: "e0", text: "new", at: 5 }]);
  assert.deepEqual(torn.saving.trouble, { kind: "conflict", theirs: "e1" });
  assert.equal(startFrom(file, [{ base: "e0", text: "old", at: 5 }]).restored, false, "it had been saved after all");
  assert.equal(startFrom(file, [{ base: "e1", text: "a", at: 5 }, { base: "e1", text: "b", at: 6 }]).text, "b", "the newest");
  const never = startFrom(null, [{ base: null, text: "x", at: 1 }]);
  assert.deepEqual([never.saving.trouble, isDirty(never.saving)], [null, true]);
  assert.deepEqual(startFrom(null, [{ base: "e1", text: "x", at: 1 }]).saving.trouble, { kind: "conflict", theirs: null });
});

test("the losing version gets a name beside the file", () => {
  const at = new Date(Date.UTC(2026, 10, 21, 1, 2, 3));
  assert.equal(loserRef("src/a.py", "theirs", at), "src/a.theirs-20261121-010203.py");
  assert.equal(loserRef("v1.0/Makefile", "mine", at), "v1.0/Makefile.mine-20261121-010203");
});
