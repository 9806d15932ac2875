import assert from "node:assert/strict";
import { test } from "node:test";
import { heardUpTo, letterSentence, missedOf, missedQuery, missedWords } from "../src/core/letters";

test("a device asks for what is above the last letter it told of", () => {
  assert.equal(heardUpTo("7", 9), 7);
  assert.equal(heardUpTo(null, 9), 0);
  assert.equal(heardUpTo("70", 9), 0, "the journal was lost, and counts anew");
  assert.equal(missedQuery("7", 9), "after=7");
  assert.equal(missedQuery(null, 9), "unseen=1", "not for what another device has told");
});

test("it tells of what came before the page did, and a new device of one day", () => {
  const day = 86_400;
  const letters = [{ id: 9, at: 10 * day }, { id: 8, at: 9.5 * day }, { id: 7, at: 2 * day }];
  assert.deepEqual(missedOf(letters, "6", 8, 10 * day).map(({ id }) => id), [8, 7]);
  assert.deepEqual(missedOf(letters, null, 9, 10 * day).map(({ id }) => id), [9, 8]);
});

test("one is said whole, several with their number", () => {
  assert.equal(missedWords(1, "make failed."), "While you were away: make failed.");
  assert.equal(missedWords(3, "make failed."), "While you were away, 3 bells rang. The last: make failed.");
});

test("a letter names the console where that says more", () => {
  const letter = { title: "train.py", console_title: "train.py", ending: "finished after 3 min" };
  assert.equal(letterSentence(letter), "train.py finished after 3 min.");
  assert.equal(letterSentence({ ...letter, console_title: "Bash 2" }), "“train.py” in Bash 2 finished after 3 min.");
});
