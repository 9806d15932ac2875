/** Sticky modifiers fold into the next character and nothing else. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fold, heldState, type Sticky, take, tap } from "../src/console/modifiers";

const ALL = ["ctrl", "alt", "shift"] as const;
const modes = { applicationCursorKeys: false };
let now = 0;

/** Tap with enough time before it that it is no double tap. */
function slowTap(name: Sticky): void {
  now += 10_000;
  tap(name, now);
}

beforeEach(() => {
  for (const name of ALL) while (heldState(name) !== "off") slowTap(name);
});

test("a tap holds for one character", () => {
  slowTap("ctrl");
  assert.equal(fold("c", modes), "\x03");
  assert.equal(fold("c", modes), "c");
});

test("a double tap locks, one more lets go", () => {
  slowTap("ctrl");
  tap("ctrl", now + 100);
  assert.equal(heldState("ctrl"), "locked");
  assert.equal(fold("a", modes), "\x01");
  assert.equal(fold("e", modes), "\x05");
  slowTap("ctrl");
  assert.equal(fold("e", modes), "e");
});

test("a second slow tap lets go", () => {
  slowTap("alt");
  slowTap("alt");
  assert.equal(heldState("alt"), "off");
});

test("words, pastes and sequences pass, and the modifier waits", () => {
  slowTap("ctrl");
  assert.equal(fold("print", modes), "print");
  assert.equal(fold("\x1b[A", modes), "\x1b[A");
  assert.equal(fold("d", modes), "\x04");
});

test("Alt prefixes ESC, both together too", () => {
  slowTap("alt");
  assert.equal(fold("b", modes), "\x1bb");
  slowTap("alt");
  slowTap("ctrl");
  assert.equal(fold("x", modes), "\x1b\x18");
});

test("a key of the bar takes what is held", () => {
  slowTap("ctrl");
  assert.deepEqual(take(), { ctrl: true, alt: false, shift: false });
  assert.deepEqual(take(), { ctrl: false, alt: false, shift: false });
});

test("Shift makes letters large, and Tab go back", () => {
  slowTap("shift");
  assert.equal(fold("g", modes), "G");
  slowTap("shift");
  assert.equal(fold("\t", modes), "\x1b[Z");
  assert.equal(fold("\t", modes), "\t");
});
