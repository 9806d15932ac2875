/** Two runs of the same command in words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compared, difference } from "../src/core/run_compare";
import { size } from "../src/core/sizes";
import type { Card } from "../src/told";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");
const seconds = (now: number | null, before: number | null): string => plain(difference(now, before, 0.02, (amount) => `${amount.toFixed(1)} s`, ["longer", "shorter"]));

test("a difference is an amount and a share", () => {
  assert.equal(seconds(12.4, 10), "2.4 s longer, 24 % more");
  assert.equal(seconds(5, 10), "5.0 s shorter, 50 % less");
  assert.equal(seconds(45, 10), "35.0 s longer, 4.5 times as much");
  assert.equal(seconds(10.1, 10), "about the same");
  assert.equal(seconds(2, 0), "2.0 s longer", "of nothing there is no share");
  assert.equal(seconds(null, 10), "");
  assert.equal(plain(difference(3 << 20, 2 << 20, 65_536, size, ["more", "less"])), "1.0 MiB more, 50 % more");
});

test("what each took stands side by side, and how memory is known", () => {
  const card: Card = {
    id: 2, console: "c", kind: "command", command: "make", cwd: "/", interpreter: "", state: "ended", started: 10, ended: 22, cpu_seconds: 3, peak_bytes: 4 << 20,
    peak_how: "sampled", how: "exit", status: 1, exception: null, epoch: "e", start: 0, end: 1,
  };
  const rows = compared(card, { ...card, started: 0, ended: 9.5, status: 0, peak_bytes: null, peak_how: null });
  assert.deepEqual(rows.map(({ word, now, before, difference }) => plain(`${word}: ${now} / ${before} / ${difference}`)), [
    "Ended: failed (1) / finished / differs",
    "Time: 12 s / 9.5 s / 2.5 s longer, 26 % more",
    "CPU time: 3.0 s / 3.0 s / about the same",
    "Peak memory, sampled: 4.0 MiB / – / ",
  ]);
});
