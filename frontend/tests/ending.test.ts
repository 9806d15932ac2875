/** The words under a console that ended. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, endedWell, moment } from "../src/core/ending";
import { endedSentence } from "../src/core/how_ended";
import { killedSentence } from "../src/core/killed";

const clock = (): string => "03:12";

test("time, exit status and how long it ran", () => {
  const info = { started: 1000, ended: 1000 + 2 * 3600 + 11 * 60, exit: { how: "exit", status: 1 } };
  assert.equal(endedSentence(info, clock), "Ended 03:12, exit 1, after 2 h 11 min.");
});

test("a signal, a lost sandbox and a restarted machine are named", () => {
  const ended = (how: string, status: number): string => endedSentence({ started: 0, ended: 8, exit: { how, status } }, clock);
  assert.equal(ended("signal", 9), "Ended 03:12, killed by SIGKILL, after 8 s.");
  assert.equal(ended("signal", 35), "Ended 03:12, killed by signal 35, after 8 s.");
  assert.equal(ended("lost", 0), "Ended 03:12, its sandbox ended, after 8 s.");
  assert.equal(ended("reboot", 0), "Ended 03:12, the machine restarted, after 8 s.");
  assert.equal(ended("stopped", 0), "Ended 03:12, the server was stopped, after 8 s.");
});

test("a cause in the keeper's words stands by itself", () => {
  const exit = { how: "lost", status: 0, cause: "The sandbox ended (out of memory)." };
  assert.equal(endedSentence({ started: 0, ended: 8, exit }, clock), "Ended 03:12, after 8 s. The sandbox ended (out of memory).");
});

test("the keeper's own words on a limit go on where the time stands", () => {
  const limit = { name: "memory", used: 254 * 2 ** 20, limit: 2 ** 28 } as const;
  const ended = (cause: string): string => endedSentence({ started: 0, ended: 8, exit: { how: "limit", status: 9, cause, limit } }, clock);
  assert.equal(ended("Ended by the memory limit: 254 of 256 MiB in use."), "Ended 03:12, after 8 s, by the memory limit: 254 of 256 MiB in use.");
  assert.equal(ended("The machine ran out of memory."), "Ended 03:12, after 8 s. The machine ran out of memory.");
});

test("a limit is named, and how near it was", () => {
  const ended = (name: "memory" | "processes" | "disk" | "lifetime", used: number, limit: number): string =>
    endedSentence({ started: 0, ended: 8, exit: { how: "limit", status: 9, limit: { name, used, limit } } }, clock).replaceAll("\u00a0", " ");
  assert.equal(ended("memory", 2 ** 31, 2 ** 31), "Ended 03:12 by the memory limit, 2.0 of 2.0 GiB, after 8 s.");
  assert.equal(ended("disk", 2 ** 30, 2 ** 30), "Ended 03:12 by the disk limit, 1.0 of 1.0 GiB, after 8 s.");
  assert.equal(ended("processes", 64, 64), "Ended 03:12 by the limit of processes, 64 of 64, after 8 s.");
  assert.equal(ended("lifetime", 3600, 3600), "Ended 03:12 by the limit of its lifetime, 1 h, after 8 s.");
  assert.equal(endedSentence({ started: 0, ended: 8, exit: { how: "limit", status: 9 } }, clock), "Ended 03:12, by a limit, after 8 s.");
});

test("a program that a limit ended is named where it is known", () => {
  const killed = { name: "memory", used: 2 ** 31, limit: 2 ** 31, at: 0 } as const;
  const said = (command: string): string => killedSentence({ ...killed, command }, clock).replaceAll("\u00a0", " ");
  assert.equal(said("python3"), "python3 was ended by the memory limit, 2.0 of 2.0 GiB, 03:12.");
  const machine = killedSentence({ ...killed, used: 2 ** 30, limit: 0, command: "make" }, clock).replaceAll("\u00a0", " ");
  assert.equal(machine, "make was ended because the machine ran out of memory, 03:12; 1.0 GiB were in use here.");
  const below = killedSentence({ ...killed, used: 0.6 * 2 ** 31, command: "make" }, clock).replaceAll("\u00a0", " ");
  assert.equal(below, "make was ended by the memory limit, 1.2 of 2.0 GiB, 03:12.", "the keeper knows whose limit it was");
  assert.match(said("python3 train.py"), /^“python3 train\.py” was ended by the memory limit/);
  assert.match(said("make ".repeat(40)), /^“(make ){12}…” was ended/);
  assert.equal(said(""), "A program was ended by the memory limit, 2.0 of 2.0 GiB, 03:12.");
});

test("what is not known is not said", () => {
  assert.equal(endedSentence({ started: null, ended: null, exit: null }, clock), "Ended.");
});

test("durations have at most two units", () => {
  const said = [0, 8, 60, 125, 3600, 7860, 90_061].map(duration);
  assert.deepEqual(said, ["0 s", "8 s", "1 min", "2 min 5 s", "1 h", "2 h 11 min", "1 d 1 h"]);
});

test("only exit 0 is well, and what ended with the server", () => {
  assert.equal(endedWell({ how: "stopped", status: 0, cause: "The server was stopped." }), true);
  assert.equal(endedWell({ how: "exit", status: 0 }), true);
  assert.equal(endedWell({ how: "exit", status: 1 }), false);
  assert.equal(endedWell({ how: "signal", status: 0 }), false);
  assert.equal(endedWell(null), false);
});

test("a time of another day has its date", () => {
  const seconds = new Date(2026, 10, 18, 3, 12).getTime() / 1000;
  assert.equal(moment(seconds, new Date(2026, 10, 18, 23, 59).getTime()), "03:12");
  assert.match(moment(seconds, new Date(2026, 10, 19, 0, 1).getTime()), /^\D*18\D*, 03:12$/);
});
