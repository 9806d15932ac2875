/** Keys in the order that was chosen, and where a finger that slides points. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, withMoved, withSet } from "../src/core/key_order";
import { type Direction, directionOf } from "../src/core/steering";

const keys = [..."abcde"].map((name) => ({ name, face: name.toUpperCase() }));
const inRow = (all: readonly { name: string }[]): string => all.map(({ name }) => name).join("");

test("keys stand in the order that was stored, whatever was stored", () => {
  const table: readonly (readonly [unknown, string])[] = [
    [undefined, "abcde"], [{}, "abcde"], ["edcba", "abcde"], [[], "abcde"],
    [[..."edcba"], "edcba"],
    [[..."cab"], "cdeab"], // d and e came later: each behind the key that it follows by itself
    [[..."bcde"], "abcde"], // so does a first one
    [["e", "gone", "e", 7, null, ..."abcd"], "eabcd"],
  ];
  for (const [stored, row] of table) assert.equal(inRow(inOrder(keys, stored)), row, JSON.stringify(stored));
});

test("a key takes a place, and the others make room", () => {
  const table: readonly (readonly [string, number, string])[] = [["a", 2, "bcade"], ["d", 0, "dabce"], ["e", 3, "abced"], ["a", 9, "bcdea"], ["b", -3, "bacde"], ["c", 2, "abcde"]];
  for (const [name, to, row] of table) assert.equal(withMoved([..."abcde"], name, to).join(""), row, `${name} to ${to}`);
});

test("a program's keys stand at their place, and no face twice", () => {
  const own = ["x", "b"].map((name) => ({ name, face: name.toUpperCase() }));
  assert.equal(inRow(withSet(keys, own, (others) => others.findIndex(({ name }) => name === "c") + 1)), "acxbde");
  assert.equal(inRow(withSet(keys, own, (others) => others.length)), "acdexb");
});

test("a finger points where it slid, and on along a diagonal", () => {
  const table: readonly (readonly [number, number, Direction | null, Direction | null])[] = [
    [0, 0, null, null], [10, -10, null, null], [10, 10, "up", null],
    [20, 3, null, "right"], [-20, 3, null, "left"], [3, -20, null, "up"], [3, 20, null, "down"],
    [20, 22, "right", "right"], [22, 20, "down", "down"], [20, 30, "right", "down"], [-30, -20, "up", "left"],
  ];
  for (const [dx, dy, before, to] of table) assert.equal(directionOf(dx, dy, before), to, `${dx} ${dy} ${before}`);
});
