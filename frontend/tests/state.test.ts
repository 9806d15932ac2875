/** What a tab says of its console. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOf } from "../src/core/state";

const bash = { kind: "bash", state: "running", busy: true, at_prompt: false, exit: null } as const;

test("what runs breathes while the server is heard, and only then", () => {
  assert.deepEqual(stateOf(bash, true), { mark: "●", look: "busy", word: "running" });
  assert.deepEqual(stateOf({ ...bash, busy: false, at_prompt: true }, true), { mark: "●", look: "idle", word: "ready" });
  assert.deepEqual(stateOf(bash, false), { mark: "○", look: "unknown", word: "running when last heard of" });
  assert.equal(stateOf({ ...bash, busy: false, at_prompt: true }, false).word, "ready when last heard of");
});

test("an end is final, heard of or not", () => {
  const ended = (how: string, status: number) => ({ ...bash, state: "ended", exit: { how, status } }) as const;
  for (const live of [true, false]) {
    assert.deepEqual(stateOf(ended("exit", 0), live), { mark: "✓", look: "ended", word: "ended" });
    assert.deepEqual(stateOf(ended("exit", 3), live), { mark: "×", look: "failed", word: "failed (3)" });
    assert.equal(stateOf(ended("signal", 9), live).word, "failed");
  }
});
