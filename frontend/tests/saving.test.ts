import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { etagOf } from "../src/core/etag";
import { isDirty, loserRef, maySave, opened, pauseMs, type Saving, type SavingEvent, startFrom, step } from "../src/core/saving";
import { sha256 } from "../src/core/sha256";

const run = (from: Saving, ...events: SavingEvent[]): Saving => events.reduce(step, from);
const clean = opened("e1", false);

test("what is typed during a save is not taken for saved", () => {
  const after = run(clean, { type: "edited" }, { type: "sent", etag: "s1" }, { type: "edited" }, { type: "stored", etag: "e2" });
  assert.equal(isDirty(after), true);
  assert.equal(after.base, "e2");
  assert.equal(maySave(after), true);
  assert.equal(isDirty(run(after, { type: "sent", etag: "s1" }, { type: "stored", etag: "e3" })), false);
});

test("a second save waits for the first", () => {
  assert.equal(maySave(run(clean, { type: "edited" }, { type: "sent", etag: "s1" }, { type: "edited" })), false);
});

test("a conflict stops saving until the person decides", () => {
  const torn = run(clean, { type: "edited" }, { type: "sent", etag: "s1" }, { type: "failed", trouble: { kind: "conflict", theirs: "e9" } });
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
    const after = run(clean, { type: "edited" }, { type: "sent", etag: "s1" }, { type: "failed", trouble });
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
  const busy = run(dirty, { type: "sent", etag: "s1" });
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

test("a text of ours on the disk is no conflict, however its answer was lost", () => {
  const offline: SavingEvent = { type: "failed", trouble: { kind: "offline" } };
  const lost = run(clean, { type: "edited" }, { type: "sent", etag: "ours" }, offline, { type: "edited" });
  for (const event of [
    { type: "seen", etag: "ours" },
    { type: "failed", trouble: { kind: "conflict", theirs: "ours" } },
  ] as const) {
    const before = event.type === "seen" ? lost : step(lost, { type: "sent", etag: "later" });
    const after = step(before, event);
    assert.deepEqual([after.base, after.trouble, isDirty(after), maySave(after)], ["ours", null, true, true]);
    assert.deepEqual(after.unanswered, []);
  }
  const sameText = run(clean, { type: "edited" }, { type: "sent", etag: "ours" }, offline, { type: "seen", etag: "ours" });
  assert.equal(isDirty(sameText), false, "nothing was typed since");
  assert.deepEqual(step(lost, { type: "seen", etag: "another" }).trouble, { kind: "conflict", theirs: "another" });
  assert.deepEqual(step(lost, { type: "replaced", etag: "e5" }).unanswered, []);
});

test("no more than sixteen saves without an answer are remembered", () => {
  let saving = clean;
  for (let n = 1; n <= 20; n += 1) {
    saving = run(saving, { type: "edited" }, { type: "sent", etag: `s${n}` }, { type: "failed", trouble: { kind: "offline" } });
  }
  assert.deepEqual([saving.unanswered.length, saving.unanswered.at(-1)?.etag], [16, "s20"]);
});

test("a save that missed its file, which had just been moved, is sent again", () => {
  const after = run(clean, { type: "edited" }, { type: "sent", etag: "s1" }, { type: "missed" });
  assert.deepEqual([maySave(after), after.base, after.trouble], [true, "e1", null]);
});

test("a kept text goes on from what its page had sent last, and from nobody else's", () => {
  const file = { etag: "sent", text: "typed" };
  const kept = { base: "e0", text: "typed more", at: 5 };
  const note = { text: etagOf(kept.text), base: "e0", sent: ["sent"] };
  const { saving, text } = startFrom(file, [kept], note);
  assert.deepEqual([text, saving.base, saving.trouble, isDirty(saving)], ["typed more", "sent", null, true]);
  for (const drafts of [[{ ...kept, text: "another device's", at: 6 }, kept], [{ ...kept, base: "e1" }]]) {
    assert.deepEqual(startFrom(file, drafts, note).saving.trouble, { kind: "conflict", theirs: "sent" });
  }
  const sent = [etagOf("typed"), etagOf(kept.text)];
  const onItsWay = startFrom({ etag: "e0", text: "old" }, [kept], { ...note, sent }).saving;
  assert.equal(onItsWay.trouble, null);
  assert.equal(isDirty(step(onItsWay, { type: "seen", etag: etagOf("typed") })), true, "it arrives late");
  assert.equal(isDirty(step(onItsWay, { type: "seen", etag: etagOf(kept.text) })), false);
});

test("a version is called what the server calls it", () => {
  const pieces = ["", "a", "é漢😀", "x".repeat(55), "x".repeat(56), "x".repeat(63), "x".repeat(64), "line\n".repeat(20_000)];
  for (const text of pieces) {
    const wanted = createHash("sha256").update(text).digest("hex");
    assert.equal(sha256(new TextEncoder().encode(text)), wanted);
    assert.equal(etagOf(text), wanted.slice(0, 32));
  }
  assert.equal(sha256(new Uint8Array(Buffer.from("--abc--")).subarray(2, 5)), createHash("sha256").update("abc").digest("hex"), "a view");
});

test("the losing version gets a name beside the file", () => {
  const at = new Date(Date.UTC(2026, 10, 21, 1, 2, 3));
  assert.equal(loserRef("src/a.py", "theirs", at), "src/a.theirs-20261121-010203.py");
  assert.equal(loserRef("v1.0/Makefile", "mine", at), "v1.0/Makefile.mine-20261121-010203");
});

test("a full disk is tried again after 5 s, then ever more rarely, and never given up", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 1000].map(pauseMs), [5000, 10_000, 20_000, 40_000, 80_000, 80_000, 80_000]);
});
