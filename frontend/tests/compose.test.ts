/** What the compose line remembers, and what it makes plain. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { afterSending, MAX_SENT, NOTHING, readComposed } from "../src/core/compose";
import { straight } from "../src/core/straight";

test("the newest is last, each text once, and nothing waits", () => {
  const after = ["a", "b", "a"].reduce(afterSending, { text: "a", sent: [] });
  assert.deepEqual(after, { text: "", sent: ["b", "a"] });
});

test("the memory ends in number and in size", () => {
  let composed = NOTHING;
  for (let at = 0; at < MAX_SENT + 20; at += 1) composed = afterSending(composed, `text ${at}`);
  assert.equal(composed.sent.length, MAX_SENT);
  assert.equal(composed.sent.at(-1), `text ${MAX_SENT + 19}`);
  for (let at = 0; at < 5; at += 1) composed = afterSending(composed, `${at}`.repeat(16_000));
  assert.ok(composed.sent.join("").length <= 32_768);
  assert.equal(afterSending(composed, "x".repeat(40_000)).sent.length, 1, "the newest stays, whatever its size");
});

test("what was stored comes back; anything else is nothing", () => {
  assert.deepEqual(readComposed(JSON.stringify({ text: "t", sent: ["s"] })), { text: "t", sent: ["s"] });
  for (const other of [null, "", "{", "[]", '{"text":1,"sent":[]}', '{"text":"","sent":[1]}']) assert.deepEqual(readComposed(other), NOTHING);
});

test("one curly quote or long dash alone is made plain, in a word or sentence it stays", () => {
  assert.deepEqual(["“", "”", "‘", "’", "—", "–"].map(straight), ['"', '"', "'", "'", "-", "-"]);
  assert.deepEqual(["don’t", "“hi”", "a", "…", "日本"].map(straight), ["don’t", "“hi”", "a", "…", "日本"]);
});
