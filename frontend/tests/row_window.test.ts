import assert from "node:assert/strict";
import { test } from "node:test";
import { madeRows } from "../src/core/row_window";

const indices = (...of: Parameters<typeof madeRows>): number[] => madeRows(...of).map(({ index }) => index);

test("of a short list every row is made", () => {
  const made = madeRows(40, 0, 20, 0);
  assert.equal(made.length, 40);
  assert.ok(made.every(({ gap }) => gap === 0));
  assert.deepEqual(madeRows(0, 0, 20, -1), []);
});

test("of a long one those around what is in sight are made, and the one that the keyboard is on", () => {
  for (const [top, kept] of [[0, 0], [0, 9999], [5000, 0], [5000, 5010], [5000, 9999], [9990, 3], [12_000, -1]] as const) {
    const made = madeRows(10_000, top, 20, kept);
    const all = made.map(({ index }) => index);
    for (let row = Math.min(top, 9980); row < Math.min(top, 9980) + 20; row += 1) assert.ok(all.includes(row), `${row} of ${top}`);
    if (kept >= 0) assert.ok(all.includes(kept), `${kept} of ${top}`);
    assert.ok(made.length <= 20 + 60 + 1);
    assert.deepEqual(all, [...new Set(all)].sort((a, b) => a - b));
    made.forEach(({ index, gap }, at) => assert.equal(index - (all[at - 1] ?? -1) - 1, gap));
  }
});

test("a list that became shorter than where it was scrolled to shows its end", () => {
  assert.ok(indices(100, 5000, 20, 0).includes(99));
  assert.ok(indices(100, 5000, 20, 0).includes(80));
  assert.equal(indices(100, 5000, 20, 0)[0], 0);
});
