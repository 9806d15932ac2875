/** What is said of a workspace's usage, and when it is warned of. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dueWarnings, gauges, pressure, type Resource, spoken } from "../src/core/usage";
import { heldSentence, limitSentences, peakOf, warning } from "../src/core/usage_words";
import type { Usage } from "../src/told";

const GIB = 2 ** 30;
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

const calm: Usage = {
  at: 0, running: true, plan: "standard", level: 2,
  memory: { used: 0.4 * GIB, limit: 2 * GIB, peak: 0.4 * GIB },
  cpu: { percent: 12.4, limit: 0, slowed: false },
  processes: { used: 14, limit: 512 },
  disk: { used: 1.1 * GIB, limit: 10 * GIB, files: 12_345, files_limit: 1_000_000, full: false },
  enforced: { memory: "cgroup", cpu: "cgroup", processes: "cgroup", disk: "watcher" },
  notes: [],
};
const memory = (share: number): Usage => ({ ...calm, memory: { used: share * GIB, limit: GIB, peak: GIB } });

test("each resource is said against its limit, and without one as it is", () => {
  const said = gauges(calm).map(({ word, value, short }) => `${word}: ${plain(value)}, ${plain(short)}`);
  assert.deepEqual(said, [
    "Memory: 0.4 of 2.0 GiB, 20 %",
    "CPU: 12 %, 12 %",
    "Disk: 1.1 of 10 GiB, 11 %",
    "Files: 12\u202f345 of 1\u202f000\u202f000, 1 %",
    "Processes: 14 of 512, 3 %",
  ]);
  const free = gauges({ ...calm, memory: { ...calm.memory, limit: 0 }, disk: null });
  assert.deepEqual(free.map(({ word, share }) => [word, share]), [["Memory", null], ["CPU", null], ["Processes", 14 / 512]]);
  assert.equal(plain(free[0]?.value ?? ""), "410 MiB");
  assert.equal(gauges(memory(3))[0]?.share, 1, "over its limit it is full");
});

test("nothing moves while a limit stays", () => {
  for (const used of [0, 0.01, 0.09, 0.1, 0.5, 0.99, 1, 9.5, 10]) {
    const [shown] = gauges({ ...calm, memory: { used: used * GIB, limit: 10 * GIB, peak: 0 } });
    assert.ok((shown?.value.length ?? 99) <= (shown?.widest ?? 0), shown?.value);
  }
});

test("who does not see the line hears all of it", () => {
  assert.match(plain(spoken(gauges(calm))), /^Workspace: Memory 0\.4 of 2\.0 GiB, CPU 12 %, Disk .*, Processes 14 of 512$/);
});

test("a warning comes at 80 % once, and goes below 70 %", () => {
  let high: ReadonlySet<Resource> = new Set();
  const crossed = [0.79, 0.8, 0.78, 0.82, 0.71, 0.69, 0.79, 0.81].map((share) => {
    const found = pressure(high, memory(share));
    high = found.high;
    return found.crossed.join();
  });
  assert.deepEqual(crossed, ["", "memory", "", "", "", "", "", "memory"]);
});

test("each of them has its warning, at 80 % and not before", () => {
  const at = (resource: Resource, share: number): Usage => ({
    ...calm,
    memory: { ...calm.memory, used: GIB * (resource === "memory" ? share : 0), limit: GIB },
    processes: { used: resource === "processes" ? 100 * share : 1, limit: 100 },
    disk: { used: GIB * (resource === "disk" ? share : 0), limit: GIB, files: resource === "files" ? 1000 * share : 1, files_limit: 1000, full: false },
  });
  for (const resource of ["memory", "disk", "files", "processes"] as const) {
    assert.deepEqual(pressure(new Set(), at(resource, 0.79)).crossed, []);
    assert.deepEqual(pressure(new Set(), at(resource, 0.8)).crossed, [resource]);
    assert.notEqual(warning(resource, at(resource, 0.8)), "");
  }
});

test("a program that computes warns of nothing, a full disk always", () => {
  const { high } = pressure(new Set(), { ...calm, cpu: { percent: 200, limit: 200, slowed: true } });
  assert.equal(high.size, 0);
  const full = { ...calm, disk: { used: 1, limit: 0, files: 1, files_limit: 0, full: true } };
  assert.deepEqual([...pressure(new Set(), full).high], ["disk"]);
});

test("that the disk is full is said also where it was said to be near it, and once for space and files", () => {
  const disk = (used: number, files: number, full: boolean): Usage => ({ ...calm, disk: { used: used * GIB, limit: GIB, files, files_limit: 100, full } });
  const near = disk(0.9, 1, false);
  assert.deepEqual([...dueWarnings([], near, disk(1.1, 1, true))], ["disk"]);
  assert.deepEqual([...dueWarnings([], disk(1.1, 1, true), disk(1.1, 1, true))], []);
  const files = disk(0.2, 120, true);
  assert.deepEqual([...dueWarnings(["files", "disk"], near, files)], ["disk"]);
  assert.match(warning("disk", files), /^There are 120 of 100 files and folders: programs cannot write until some are deleted/);
});

test("a workspace at rest is not said to go without limits", () => {
  const rests: Usage = { ...calm, running: false, disk: { used: 9 * GIB, limit: 10 * GIB, files: 1, files_limit: 0, full: false }, enforced: { memory: "none", cpu: "none", processes: "none", disk: "none" } };
  assert.match(warning("disk", rests), /Once it is full, programs cannot write/);
});

test("a warning says what will happen, as far as this machine holds the limit", () => {
  assert.equal(plain(warning("memory", memory(0.9))), "Memory is at 0.9 of 1.0 GiB. At the limit the program that takes most is ended.");
  const unheld: Usage = { ...memory(0.9), enforced: { ...calm.enforced, memory: "none" } };
  assert.match(warning("memory", unheld), /This machine does not enforce the limit\.$/);
  const full: Usage = { ...calm, disk: { used: GIB, limit: GIB, files: 1, files_limit: 0, full: true } };
  assert.equal(warning("disk", full), "The disk is full: programs cannot write. Deleting and downloading files still work.");
  assert.match(warning("cpu", calm), /Nothing is ended/);
  assert.match(warning("files", calm), /^There are 12.345 of 1.000.000 files/);
  assert.match(warning("processes", calm), /^14 of 512 processes run\. At the limit no further one starts\.$/);
});

test("who holds which limit is said once for all of them", () => {
  const limited: Usage = { ...calm, cpu: { ...calm.cpu, limit: 200 } };
  assert.equal(heldSentence(limited), "Memory, CPU, processes: held by the kernel. Disk, files: checked every few seconds.");
  const watched: Usage = { ...calm, enforced: { memory: "watcher", cpu: "none", processes: "rlimit", disk: "watcher" } };
  assert.match(heldSentence(watched), /^Memory: checked every second\. Disk, files: checked every few seconds\. Processes: held for each/);
  const none: Usage = { ...calm, disk: null, enforced: { memory: "rlimit", cpu: "none", processes: "none", disk: "none" } };
  assert.equal(heldSentence(none), "Memory: held for each program alone. Processes: not enforced on this machine.");
  assert.equal(heldSentence({ ...none, running: false }), "", "nothing holds what does not run");
});

test("what counts, and whose limit it is, is said beside the figures", () => {
  const counted = "Disk: everything in the home folder, also .venv, the Python environment that a workspace begins with (some 1,000 small files).";
  assert.deepEqual(limitSentences({ ...calm, notes: ["A note."], ceilings: ["memory_bytes", "cpu_percent", "shm_bytes"] }).map(plain), [
    "A note.",
    heldSentence(calm),
    "Memory, CPU: this machine's ceiling, whatever the plan allows.",
    "Threads count as processes.",
    counted,
  ]);
  const free = limitSentences({ ...calm, processes: { used: 3, limit: 0 } });
  assert.deepEqual(limitSentences({ ...calm, running: false }), [counted], "nor of what does not run, but for its files");
  assert.deepEqual(limitSentences({ ...calm, running: false, disk: null }), []);
  assert.deepEqual(free.filter((sentence) => /Threads|ceiling/.test(sentence)), []);
});

test("the most memory there was is said when it is less now", () => {
  assert.equal(peakOf(calm), "");
  assert.equal(plain(peakOf(memory(0.5))), " Memory was at 1.0 GiB at most.");
});
