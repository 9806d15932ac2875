import assert from "node:assert/strict";
import test from "node:test";
import { highestGap, lowestGap } from "../src/core/free_gap";

const span = (top: number, bottom: number) => ({ top, bottom });

test("a notice lies at the bottom unless something is there", () => {
  assert.equal(lowestGap(50, 700, 12, []), 688);
  assert.equal(lowestGap(50, 700, 12, [span(0, 48), span(100, 140)]), 688);
});

test("it goes above what it would cover, as often as need be", () => {
  assert.equal(lowestGap(50, 700, 12, [span(640, 700)]), 628);
  assert.equal(lowestGap(50, 700, 12, [span(560, 600), span(640, 700)]), 548);
  assert.equal(lowestGap(20, 700, 12, [span(560, 600), span(640, 700)]), 628);
  assert.equal(lowestGap(50, 700, 12, [span(300, 700), span(650, 660)]), 288);
});

test("where everything is taken there is no gap", () => {
  assert.equal(lowestGap(50, 700, 12, [span(0, 700)]), null);
  assert.equal(lowestGap(50, 100, 12, [span(60, 100)]), null);
  assert.equal(lowestGap(90, 100, 12, []), null);
});

test("where an end is read it lies as high as may be", () => {
  assert.equal(highestGap(50, 700, 12, []), 62);
  assert.equal(highestGap(50, 700, 12, [span(0, 48), span(80, 90)]), 152);
  assert.equal(highestGap(50, 700, 12, [span(10, 690)]), null);
});
