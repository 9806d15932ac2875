/** Coming back to a console. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { aboveSentence, awaySentence, whereReadingStopped } from "../src/core/away";

const running = { kind: "bash", state: "running", busy: true, ended: null } as const;
const missed = { seconds: 41 * 60 + 7, lines: 412, more: false };

test("how long, how much, and what it does now", () => {
  assert.equal(awaySentence(missed, running), "Away 41 min · 412 new lines · still running");
  assert.equal(awaySentence({ ...missed, seconds: 60, lines: 1 }, { ...running, busy: false }), "Away 1 min · 1 new line · at the prompt");
  assert.equal(awaySentence({ ...missed, seconds: 7900, lines: 184_000, more: true }, running), "Away 2 h 11 min · more than 184\u2009000 new lines · still running");
});

test("an ended console says when", () => {
  const ended = awaySentence(missed, { kind: "run", state: "ended", busy: false, ended: 1000 });
  assert.match(ended, /^Away 41 min · 412 new lines · ended \d\d:\d\d$/);
  assert.match(awaySentence(missed, { kind: "run", state: "ended", busy: false, ended: null }), / · ended$/);
});

test("a Python that waits for a command is at its prompt, though closing would end something", () => {
  const python = { ...running, kind: "python", at_prompt: true } as const;
  assert.match(awaySentence(missed, python), / · at the prompt$/);
  assert.match(awaySentence(missed, { ...python, at_prompt: false }), / · still running$/);
});

test("lines are left out where there are none or they mean nothing", () => {
  assert.equal(awaySentence({ ...missed, lines: 0 }, running), "Away 41 min · still running");
  assert.equal(awaySentence(missed, running, false), "Away 41 min · still running");
});

test("the row is found over wrapped lines", () => {
  const wrapped = new Set([2, 3, 7, 8]);
  const row = (lines: number): number => whereReadingStopped(8, lines, (at) => wrapped.has(at)).row;
  assert.equal(row(0), 6);
  assert.equal(row(1), 5);
  assert.equal(row(3), 1);
  assert.equal(row(4), 0);
  assert.equal(row(400), 0);
});

test("what is above all that is held is counted, and said where it is", () => {
  const above = (lines: number, ...wrapped: number[]): number => whereReadingStopped(9, lines, (at) => wrapped.includes(at)).above;
  assert.equal(above(9), 0);
  assert.equal(above(10), 1); // the one that was being printed
  assert.equal(above(12), 3);
  assert.equal(above(10, 0), 2); // of the second the beginning is gone
  assert.equal(aboveSentence(12_345, false), "The first 12\u2009345 new lines are in the whole output: download");
  assert.equal(aboveSentence(1, false), "The first new line is in the whole output: download");
  assert.equal(aboveSentence(12_345, true), "The first 12\u2009345 new lines and more are in the whole output: download");
});
