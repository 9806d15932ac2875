/** What is known of the text in front of the cursor, and what a correction of it sends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { afterTyping, correction } from "../src/core/typed_text";

const typed = (...sent: string[]): string => sent.reduce(afterTyping, "");

test("text and deletions are followed, whatever moves the cursor forgets them", () => {
  assert.equal(typed("g", "i", "t"), "git");
  assert.equal(typed("git 🙂", "\x7f"), "git ");
  assert.equal(typed("\x7f", "a"), "a");
  assert.equal(typed("teh", "\x7f\x7fhe"), "the");
  for (const moving of ["\r", "\t", "\x03", "\x1b[D", "\x1bOA", "\x1b[200~a\x1b[201~", "\x9bA"]) assert.equal(typed("git", moving), "", JSON.stringify(moving));
  assert.equal(typed("x".repeat(300)).length, 256);
});

test("a correction deletes what is wrong and types what is right", () => {
  assert.equal(correction("echo teh", "echo teh", "echo the"), "\x7f\x7fhe");
  assert.equal(correction("echo teh cat", "echo teh cat", "echo the cat"), "\x7f".repeat(6) + "he cat");
  assert.equal(correction("hel", "hel", "hello "), "lo ");
  assert.equal(correction("", "", "hello"), "hello");
  assert.equal(correction("a🙂", "a🙂", "a🙃"), "\x7f🙃");
});

test("a correction whose space was sent before it leaves the space behind it", () => {
  assert.equal(correction("teh ", "teh", "the"), "\x7f\x7f\x7fhe ");
});

test("what is not in front of the cursor is not corrected", () => {
  assert.equal(correction("", "teh", "the"), null);
  assert.equal(correction("xyz", "teh", "the"), null);
  assert.equal(correction("", "hel", "hello"), null);
});
