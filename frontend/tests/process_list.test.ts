/** The order of processes, and what is said of each. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, commandOf, cpuOf, nameOfProcess, ordered, whereOf } from "../src/core/process_list";
import type { Process } from "../src/told";

const one = (pid: number, more: Partial<Process> = {}): Process => ({
  pid, parent: 1, console: "c", kind: "child", command: "make", cpu_percent: 0, cpu_usec: 0, memory: 0, started: 100, ...more,
});
const all = [one(1, { kind: "ide", memory: 99 }), one(2, { memory: 5, cpu_percent: 9 }), one(3, { memory: 7 }), one(4, { memory: 6, cpu_percent: null })];
const pids = (list: readonly Process[]): number[] => list.map(({ pid }) => pid);

test("the largest stand first, the machinery last", () => {
  assert.deepEqual(pids(ordered(all, "memory", null)), [3, 4, 2, 1]);
  assert.deepEqual(pids(ordered(all, "cpu", null)), [2, 3, 4, 1]);
});

test("what is held keeps its place; what is new comes after", () => {
  assert.deepEqual(pids(ordered(all, "memory", [2, 5, 4])), [2, 4, 3, 1]);
});

test("words for what is not known or has left", () => {
  assert.equal(cpuOf(one(1, { cpu_percent: null })), "–");
  assert.equal(cpuOf(one(1, { cpu_percent: 98.6 })), "99\u00a0%");
  assert.equal(ageOf(one(1), 100 + 3700), "1\u00a0h\u00a01\u00a0min");
  assert.equal(ageOf(one(1), 99), "0\u00a0s", "clocks differ a little");
  assert.equal(whereOf(one(1), "Bash"), "Bash");
  assert.equal(whereOf(one(1, { kind: "detached" }), "Bash"), "detached from Bash");
  assert.equal(whereOf(one(1, { kind: "detached", console: null }), ""), "detached");
  assert.equal(whereOf(one(1), ""), "a removed console");
  assert.equal(whereOf(one(1, { kind: "ide", console: null }), ""), "the workspace itself");
});

test("a program is called by its name", () => {
  assert.equal(nameOfProcess(one(1, { command: "/usr/bin/python3 train.py" })), "python3");
  assert.equal(nameOfProcess(one(1, { command: "" })), "A process");
  const said = (command: string, kind: Process["kind"] = "child"): string => commandOf(one(1, { command, kind }));
  assert.equal(said("/usr/bin/python3 train.py /data"), "python3 train.py /data");
  assert.equal(said("/bin/bash --rcfile /opt/ide/bashrc", "console"), "bash");
  assert.equal(said("/opt/python -I agent.py", "ide"), "python");
  assert.equal(said("/bin/bash"), "bash");
  assert.equal(said(""), "A process");
  assert.equal(said("[kworker]"), "[kworker]");
});
