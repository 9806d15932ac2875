/** What a tab says of its console. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitsForCommand } from "../src/core/prompt";
import { stateOf } from "../src/core/state";
import { stateSince, type Stated, whatRuns } from "../src/core/state_since";

const bash = { kind: "bash", state: "running", busy: true, at_prompt: false, exit: null } as const;

test("what runs breathes while the server is heard, and only then", () => {
  assert.deepEqual(stateOf(bash, true), { mark: "●", look: "busy", word: "running" });
  assert.deepEqual(stateOf({ ...bash, busy: false, at_prompt: true }, true), { mark: "●", look: "idle", word: "ready" });
  assert.deepEqual(stateOf(bash, false), { mark: "○", look: "unknown", word: "running when last heard of" });
  assert.equal(stateOf({ ...bash, busy: false, at_prompt: true }, false).word, "ready when last heard of");
});

test("a question is a state of its own while the server is heard", () => {
  const asking = { ...bash, waiting: true };
  assert.ok(!waitsForCommand({ ...asking, busy: false, at_prompt: true }), "Bash in a read of its own");
  assert.deepEqual(stateOf(asking, true), { mark: "?", look: "waiting", word: "waits for your answer" });
  assert.equal(stateOf({ ...asking, at_prompt: true }, true).look, "waiting", "Python reads an answer as it reads a command");
  assert.equal(stateOf(asking, false).word, "running when last heard of");
});

test("an end is final, heard of or not", () => {
  const ended = (how: string, status: number) => ({ ...bash, state: "ended", exit: { how, status } }) as const;
  for (const live of [true, false]) {
    assert.deepEqual(stateOf(ended("exit", 0), live), { mark: "✓", look: "ended", word: "ended" });
    assert.deepEqual(stateOf(ended("exit", 3), live), { mark: "×", look: "failed", word: "failed (3)" });
    assert.equal(stateOf(ended("signal", 9), live).word, "failed");
  }
});

const NOW = 10_000;
const open: Stated = { ...bash, started: NOW - 7860, ended: null };
const since = (info: Stated, live = true): string => stateSince(info, live, NOW, () => "03:12");

test("a console says since when it is as it is", () => {
  const idle = { busy: false, at_prompt: true };
  assert.equal(since({ ...open, ...idle, foreground: null }), "ready, started 2 h 11 min ago");
  assert.equal(since({ ...open, foreground: { command: "make -j", started: NOW - 8 } }), "running “make -j” for 8 s");
  assert.equal(since({ ...open, foreground: { command: "", started: NOW + 0.4 } }), "running");
  assert.equal(since({ ...open, foreground: { command: "sleep 1", started: NOW - 1 } }), "running “sleep 1”", "in a loop each begins anew");
  assert.equal(since(open), "running, started 2 h 11 min ago", "an older keeper does not say what runs");
  assert.equal(since({ ...open, kind: "python" }), "running, started 2 h 11 min ago");
  assert.equal(since({ ...open, kind: "python", at_prompt: true }), "ready, started 2 h 11 min ago");
  assert.equal(since({ ...open, kind: "run" }), "running for 2 h 11 min");
  assert.equal(since({ ...open, started: null }), "running");
  assert.equal(since(open, false), "running when last heard of");
  const ended = { ...open, state: "ended", ended: NOW, exit: { how: "signal", status: 9 } } as const;
  assert.equal(since(ended), "Ended 03:12, killed by SIGKILL, after 2 h 11 min");
});

test("what would end is named where it is known, else how long it runs is said", () => {
  const asked = (more: Partial<Stated>): string => whatRuns({ ...open, ...more }, NOW);
  assert.equal(asked({ foreground: { command: "make -j", started: NOW - 8 } }), "Running for 8 s: “make -j”.");
  assert.equal(asked({ foreground: { command: "", started: NOW - 8 } }), "Running for 8 s: a program.");
  assert.equal(asked({ kind: "run" }), "Running for 2 h 11 min: a program.");
  assert.equal(asked({}), "Something runs in it; it was started 2 h 11 min ago.");
  assert.equal(asked({ started: null }), "Something runs in it.");
  assert.equal(asked({ kind: "python", at_prompt: true }), "Its variables and imports would be gone.");
  assert.equal(asked({ kind: "python", at_prompt: false }), "It computes, and its variables and imports would be gone.");
});

test("what was stopped with the server neither failed nor came to its end", () => {
  const { mark, look } = stateOf({ ...bash, state: "ended", exit: { how: "stopped", status: 0 } }, true);
  assert.deepEqual([mark, look], ["■", "ended"]);
});

test("what a limit ended has a mark and a word of its own, what sleeps is asleep", () => {
  const ended = (how: string, name: "memory" | "sleep") =>
    stateOf({ ...bash, state: "ended", exit: { how, status: 9, limit: { name, used: 2 ** 31, limit: 2 ** 31 } } }, true);
  assert.deepEqual(ended("limit", "memory"), { mark: "!", look: "limit", word: "ended by the memory limit" });
  assert.deepEqual(ended("stopped", "sleep"), { mark: "■", look: "ended", word: "asleep" });
  assert.equal(stateOf({ ...bash, state: "ended", exit: { how: "limit", status: 9 } }, true).word, "ended by a limit");
});
