import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsOf, wishSubject, wishWords } from "../src/core/bells";

test("a bell is said in words", () => {
  const bell = { seconds: null, text: null, once: true };
  assert.equal(wishWords({ ...bell, when: "finished" }), "finishes");
  assert.equal(wishWords({ ...bell, when: "silent", seconds: 90, once: false }), "prints nothing for 1 min 30 s, every time");
  assert.equal(wishWords({ ...bell, when: "printed", text: "epoch 9" }), "prints “epoch 9”");
  assert.equal(wishWords({ ...bell, when: "of a later version" }), "of a later version");
});

test("a bell of one command names it", () => {
  assert.equal(wishSubject({ card: 4, command: "make test" }), "“make test”");
  assert.equal(wishSubject({ card: 4, command: "" }), "this command", "one that is kept out of the history");
  assert.equal(wishSubject({ card: null, command: null }), "it");
  assert.equal(wishSubject({}), "it", "of an older keeper");
});

test("minutes are a number up to a week", () => {
  assert.equal(secondsOf("1,5"), 90);
  assert.equal(secondsOf("10080"), 604_800);
  for (const wrong of ["", "x", "0", "-1", "10081", "NaN", "Infinity"]) assert.equal(secondsOf(wrong), null, wrong);
});
