/** OSC 52: what a program may offer for the clipboard. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_OFFER_BYTES, offerOf, previewOf } from "../src/core/clipboard_offer";

const packed = (text: string): string => Buffer.from(text).toString("base64");

test("text is offered whatever clipboard it is for", () => {
  for (const which of ["c", "", "p", "s0", "cp"]) assert.deepEqual(offerOf(`${which};${packed("wörd\n")}`), { text: "wörd\n" });
});

test("questions, nothing and what is no text are no offers", () => {
  for (const osc of ["c;?", "c;", "c", "c;%%%", `c;${Buffer.from([0xff, 0xfe]).toString("base64")}`, "c;a"]) assert.equal(offerOf(osc), null, osc);
});

test("an offer has a maximum, and over it that is said", () => {
  assert.deepEqual(offerOf(`c;${packed("x".repeat(MAX_OFFER_BYTES))}`), { text: "x".repeat(MAX_OFFER_BYTES) });
  const large = offerOf(`c;${packed("x".repeat(MAX_OFFER_BYTES + 1000))}`);
  assert.ok(large && "refused" in large);
  assert.match(large.refused, /at most 256/);
});

test("the preview shows what would be pasted, one line of it", () => {
  assert.equal(previewOf("word"), "“word”");
  assert.equal(previewOf("ls\nrm -rf /\n"), "“ls” and 1 more line");
  assert.equal(previewOf("a\nb\nc"), "“a” and 2 more lines");
  assert.equal(previewOf("a\u202eb\u0007"), "“a�b�”");
  assert.equal(previewOf("x".repeat(100)), `“${"x".repeat(40)}…”`);
});
