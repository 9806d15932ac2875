/** What is said of commands, statements and runs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { cardState, clockOf, commandOf, cpuOf, hasFailed, peakHow, peakOf, span } from "../src/core/card_words";
import type { Card } from "../src/told";

const ended = (more: Partial<Card>): Pick<Card, "kind" | "state" | "how" | "status" | "exception"> => ({
  kind: "command", state: "ended", how: "exit", status: 0, exception: null, ...more,
});
const said = (more: Partial<Card>): string => {
  const { mark, word } = cardState(ended(more));
  return `${mark} ${word}${hasFailed(ended(more)) ? " !" : ""}`;
};

test("how it is has a mark and a word, and is a failure or none", () => {
  assert.equal(said({ state: "running", how: null, status: null }), "● running");
  assert.equal(said({}), "✓ finished");
  assert.equal(said({ status: 3 }), "× failed (3) !");
  assert.equal(said({ status: 127 }), "× not found (127) !");
  assert.equal(said({ status: 126 }), "× could not be run (126) !");
  assert.equal(said({ status: 130 }), "× interrupted !");
  assert.equal(said({ status: 137 }), "× killed by SIGKILL !");
  assert.equal(said({ status: 200 }), "× failed (200) !", "no signal has that number");
  assert.equal(said({ kind: "run", status: 137 }), "× failed (137) !", "a program may say any number of itself");
  assert.equal(said({ kind: "run", how: "signal", status: 11 }), "× killed by SIGSEGV !");
  assert.equal(said({ kind: "statement", status: 1, exception: "ValueError" }), "× ValueError !");
  assert.equal(said({ kind: "statement", status: 1, exception: "KeyboardInterrupt" }), "× interrupted !");
  assert.equal(said({ how: "limit", status: 137 }), "! ended by a limit !");
  assert.equal(said({ how: "reboot", status: null }), "× the machine restarted !");
  assert.equal(said({ how: "lost", status: null }), "× its sandbox ended !");
  assert.equal(said({ how: "stopped", status: null }), "■ stopped");
  assert.equal(said({ status: null }), "○ ended, nobody knows how");
});

test("times and amounts, and what is not known of them", () => {
  assert.deepEqual([0, 0.236, 3.46, 12.4, 7860].map(span), ["<\u00a00.01\u00a0s", "0.24\u00a0s", "3.5\u00a0s", "12\u00a0s", "2\u00a0h\u00a011\u00a0min"]);
  assert.equal(clockOf({ started: 100, ended: null }, 99), "0\u00a0s", "clocks differ a little");
  assert.equal(clockOf({ started: 100, ended: null }, 165.9), "1\u00a0min\u00a05\u00a0s");
  assert.equal(cpuOf({ cpu_seconds: null }), "–");
  assert.equal(peakOf({ peak_bytes: 3 * 1024 * 1024 }), "3.0\u00a0MiB");
  assert.equal(peakOf({ peak_bytes: null }), "–");
  assert.equal(peakHow({ peak_bytes: 5, peak_how: "sampled" }), "sampled");
  assert.equal(peakHow({ peak_bytes: null, peak_how: null }), "");
});

test("a command is one line", () => {
  assert.equal(commandOf({ command: "for a in 1 2\n  do echo $a\ndone" }), "for a in 1 2 ⏎ do echo $a ⏎ done");
  assert.equal(commandOf({ command: "" }), "a command that was not noted");
});
