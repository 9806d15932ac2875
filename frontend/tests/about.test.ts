/** What About says of the machine and of the plan. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type About, confinement, machineSentences, planLines, type PlanTold } from "../src/core/about";
import type { Usage } from "../src/told";

const standard: PlanTold = {
  name: "standard", memory_bytes: 4 * 2 ** 30, cpu_weight: 100, cpu_percent: 0, processes: 512, open_files: 4096, file_bytes: 0,
  disk_bytes: 10 * 2 ** 30, files: 1_000_000, tmp_bytes: 2 ** 29, shm_bytes: 2 ** 26, consoles: 32, log_bytes: 2 ** 30,
  lifetime_seconds: 0, sleep_seconds: 0, home: "disk",
};
const said = (plan: Partial<PlanTold>): Record<string, string> =>
  Object.fromEntries(planLines({ ...standard, ...plan }).map(({ word, text }) => [word, text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ")]));

test("a plan is said line by line", () => {
  assert.deepEqual(said({}), {
    Memory: "4.0 GiB",
    Processes: "512 with their threads, 4 096 open files each",
    Files: "10 GiB, 1 000 000 files and folders",
    "Temporary files": "512 MiB in /tmp, 64 MiB in /dev/shm, counted as memory",
    Consoles: "32, their output together 1.0 GiB",
    "No limit": "CPU, time",
  });
});

test("a guest is told what ends, and a plan without limits that it has none", () => {
  const guest = said({ cpu_percent: 100, cpu_weight: 50, home: "memory", file_bytes: 2 ** 27, lifetime_seconds: 7200, sleep_seconds: 900 });
  assert.equal(guest["CPU"], "at most 1 core, less than others when it is scarce");
  assert.match(guest["Files"] ?? "", /one file at most 128 MiB, kept in memory: your files are gone when the workspace stops$/);
  assert.equal(guest["Time"], "stopped after 2 h, asleep after 15 min with nothing but idle shells");
  const owner = said({ memory_bytes: 0, processes: 0, open_files: 0, disk_bytes: 0, files: 0, tmp_bytes: 0, shm_bytes: 0, log_bytes: 0 });
  assert.deepEqual(owner, { Consoles: "32", "No limit": "Memory, CPU, processes, files, temporary files, time" });
});

test("what the machine's ceiling holds is said to be that", () => {
  const lines = planLines({ ...standard, cpu_percent: 200 }, ["memory_bytes", "cpu_percent", "tmp_bytes"]);
  const capped = lines.filter(({ text }) => text.includes("ceiling")).map(({ word, text }) => `${word}: ${text.replaceAll("\u00a0", " ")}`);
  assert.deepEqual(capped, [
    "Memory: 4.0 GiB (this machine's ceiling)",
    "CPU: at most 2 cores (this machine's ceiling)",
    "Temporary files: 512 MiB in /tmp (this machine's ceiling), 64 MiB in /dev/shm, counted as memory",
  ]);
});

test("the machine says what it holds, each thing once", () => {
  const about: About = { sandbox: "bubblewrap", network: "none", level: 2, holds: "a sandbox; and more", notes: ["No quota here."] };
  assert.deepEqual(machineSentences({ ...about, level: 0 }, null), ["No quota here."]);
  const now: Usage = {
    at: 0, running: true, plan: "standard", level: 2, memory: { used: 1, limit: 2, peak: 1 }, cpu: { percent: 0, limit: 0, slowed: false },
    processes: { used: 1, limit: 0 }, disk: null, enforced: { memory: "cgroup", cpu: "cgroup", processes: "cgroup", disk: "watcher" },
    notes: ["No quota here."],
  };
  assert.deepEqual(machineSentences(about, now), [
    "This machine holds level 2 of 3: a sandbox; and more.",
    "Memory: held by the kernel.",
    "No quota here.",
  ]);
});

test("every network is named", () => {
  for (const network of ["none", "packages", "web", "outbound", "full"]) {
    assert.match(confinement({ sandbox: "bubblewrap", network }), /only your files\. They (have|reach) /);
  }
  assert.match(confinement({ sandbox: "none", network: "none", own_account: true }), /an account of your own/);
});
