/** Which place of a log stands where in a view that makes only some of its rows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_PX, NEAR_PX, offsetAt, Scale } from "../src/core/log_scroll";

test("what fits is not pressed together", () => {
  const scale = new Scale(10_000, 0.4);
  assert.equal(scale.space(10_000), 4000);
  assert.equal(scale.bytes(4000), 10_000);
});

test("a log of any length takes what browsers can scroll over, with true pixels near the rows", () => {
  for (const total of [5e8, 1e12]) {
    const scale = new Scale(total, 0.4);
    assert.ok(scale.space(total) <= MAX_PX && scale.space(total) > MAX_PX * 0.9);
    assert.equal(scale.space(1000), 400);
    for (const bytes of [0, 1000, NEAR_PX * 2.5, total / 3, total]) {
      assert.ok(Math.abs(scale.bytes(scale.space(bytes)) - bytes) <= total * 1e-9 + 1);
    }
  }
});

test("a place beyond the rows stands for an offset: exactly at both ends, and growing in between", () => {
  const log = { first: 1000, end: 500_001_000 };
  const shown = { first: 200_000_000, end: 200_010_000 };
  const scale = new Scale(log.end - log.first, 0.4);
  const ideal = { above: scale.space(shown.first - log.first), rows: 4000, below: scale.space(log.end - shown.end) };
  for (const extent of [ideal, { ...ideal, above: ideal.above - 30_000 }, { ...ideal, below: ideal.below + 20_000 }]) {
    const bottom = extent.above + extent.rows + extent.below;
    assert.equal(offsetAt(0, extent, shown, log, scale), log.first);
    assert.equal(offsetAt(bottom, extent, shown, log, scale), log.end);
    let before = -1;
    for (let px = 0; px <= bottom; px += bottom / 997) {
      const offset = offsetAt(px, extent, shown, log, scale);
      assert.ok(offset >= before && offset >= log.first && offset <= log.end);
      before = offset;
    }
  }
  const near = offsetAt(ideal.above - 400, ideal, shown, log, scale);
  assert.equal(near, shown.first - 1000);
});

test("an empty log, and one whose rows are all made, divide by nothing", () => {
  const none = { first: 0, end: 0 };
  assert.equal(offsetAt(0, { above: 0, rows: 0, below: 0 }, none, none, new Scale(0, 0.4)), 0);
  assert.equal(offsetAt(50, { above: 0, rows: 40, below: 0 }, { first: 0, end: 9 }, { first: 0, end: 9 }, new Scale(9, 0.4)), 9);
});
