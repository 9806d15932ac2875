/** Fingers on a terminal. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { coast, type Finger, type Gesture, Gestures } from "../src/core/gesture";

type Step = ["down" | "move" | "up", number, number, number, number] | ["held"] | ["cancel", number];

/** Play steps of [what, finger, x, y, ms] and return what was meant, places left out. */
function play(...steps: Step[]): object[] {
  const gestures = new Gestures();
  const meant: (Gesture | null)[] = steps.map((step) => {
    if (step[0] === "held") return gestures.held();
    if (step[0] === "cancel") return gestures.cancel(step[1]);
    const [what, id, x, y, at] = step;
    const finger: Finger = { id, x, y, at };
    return gestures[what](finger);
  });
  assert.equal(gestures.touched, false, "every finger is lifted in the end");
  return meant.flatMap((gesture) => {
    if (!gesture) return [];
    const { x: _x, y: _y, ...rest } = { x: 0, y: 0, ...gesture };
    return [rest];
  });
}

const TABLE: [string, Step[], object[]][] = [
  ["a tap", [["down", 1, 50, 50, 0], ["up", 1, 50, 50, 80]], [{ what: "tap" }]],
  ["a tap that trembles", [["down", 1, 50, 50, 0], ["move", 1, 56, 57, 40], ["up", 1, 56, 57, 80]], [{ what: "tap" }]],
  ["a press is over when it is recognised", [["down", 1, 50, 50, 0], ["held"], ["move", 1, 50, 90, 500], ["up", 1, 50, 90, 600]], [{ what: "press" }]],
  ["a press whose timer came late", [["down", 1, 50, 50, 0], ["up", 1, 50, 50, 460]], [{ what: "press" }]],
  ["ten pixels are no tap, and are not scrolled", [["down", 1, 50, 50, 0], ["move", 1, 50, 60, 100], ["up", 1, 50, 60, 300]], []],
  [
    "a pan scrolls by what comes after the slop, and is no press",
    [["down", 1, 50, 50, 0], ["move", 1, 50, 65, 100], ["held"], ["move", 1, 50, 85, 200], ["move", 1, 50, 75, 300], ["up", 1, 50, 75, 400]],
    [{ what: "pan", moved: 20 }, { what: "pan", moved: -10 }],
  ],
  [
    "a finger lifted while it moves throws",
    [["down", 1, 50, 50, 0], ["move", 1, 50, 60, 10], ["move", 1, 50, 80, 20], ["up", 1, 50, 80, 24]],
    [{ what: "pan", moved: 20 }, { what: "fling", velocity: 1.4 }],
  ],
  [
    "however fast, not faster than can be followed",
    [["down", 1, 50, 50, 0], ["move", 1, 50, 60, 10], ["move", 1, 50, 460, 20], ["up", 1, 50, 460, 24]],
    [{ what: "pan", moved: 400 }, { what: "fling", velocity: 4 }],
  ],
  [
    "two fingers within the dead zone do nothing, nor does the one that stays",
    [["down", 1, 50, 50, 0], ["down", 2, 150, 50, 20], ["move", 2, 162, 50, 40], ["up", 2, 162, 50, 60], ["move", 1, 50, 150, 80], ["up", 1, 50, 150, 90]],
    [],
  ],
  [
    "a pinch counts from the end of the dead zone, in however few moves",
    [["down", 1, 0, 0, 0], ["down", 2, 100, 0, 20], ["move", 2, 112, 0, 40], ["move", 2, 168, 0, 60], ["up", 1, 0, 0, 80], ["up", 2, 168, 0, 90]],
    [{ what: "pinch", scale: 1.5, over: false }, { what: "pinch", scale: 1.5, over: true }],
  ],
  [
    "a second finger turns a pan into a pinch",
    [["down", 1, 0, 0, 0], ["move", 1, 0, 20, 10], ["down", 2, 0, 220, 20], ["move", 2, 0, 114, 40], ["up", 2, 0, 114, 60], ["up", 1, 0, 20, 70]],
    [{ what: "pinch", scale: 0.5, over: false }, { what: "pinch", scale: 0.5, over: true }],
  ],
  ["a third finger ends it", [["down", 1, 0, 0, 0], ["down", 2, 9, 0, 1], ["down", 3, 20, 0, 2], ["up", 3, 20, 0, 3], ["up", 2, 9, 0, 4], ["up", 1, 0, 0, 5]], []],
  ["what the system takes is nothing", [["down", 1, 0, 0, 0], ["cancel", 1], ["cancel", 1]], []],
  ["a second finger is no press", [["down", 1, 0, 0, 0], ["down", 2, 99, 0, 1], ["held"], ["up", 1, 0, 0, 500], ["up", 2, 99, 0, 600]], []],
];

for (const [name, steps, meant] of TABLE) test(name, () => assert.deepEqual(play(...steps), meant));

test("after a spent touch the next one counts", () => {
  const gestures = new Gestures();
  gestures.down({ id: 1, x: 0, y: 0, at: 0 });
  gestures.held();
  gestures.up({ id: 1, x: 0, y: 0, at: 500 });
  gestures.down({ id: 7, x: 5, y: 6, at: 1000 });
  assert.deepEqual(gestures.up({ id: 7, x: 5, y: 6, at: 1010 }), { what: "tap", x: 5, y: 6 });
});

test("momentum slows down and ends", () => {
  let speed: number | null = 2;
  let moved = 0;
  let frames = 0;
  while (speed !== null && frames < 1000) {
    const next = coast(speed, 16);
    assert.ok(!next || Math.abs(next.velocity) < Math.abs(speed));
    moved += next?.moved ?? 0;
    speed = next?.velocity ?? null;
    frames += 1;
  }
  assert.ok(frames > 60 && frames < 120, `${frames} frames`);
  assert.ok(moved > 500 && moved < 700, `${moved} px`);
  assert.equal(coast(0.01, 16), null);
});

test("fingers of whom nothing more will be heard end what they began, and the next one is the first", () => {
  const gestures = new Gestures();
  const finger = (id: number, x: number): Finger => ({ id, x, y: 0, at: 0 });
  gestures.down(finger(1, 0));
  gestures.down(finger(2, 100));
  gestures.move(finger(2, 168));
  assert.deepEqual(gestures.drop(), { what: "pinch", scale: 1.5, over: true });
  gestures.down(finger(3, 50));
  assert.equal(gestures.up(finger(3, 50))?.what, "tap");
  gestures.down(finger(4, 50));
  assert.equal(gestures.drop(), null);
  assert.equal(gestures.touched, false);
});
