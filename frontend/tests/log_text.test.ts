import assert from "node:assert/strict";
import { test } from "node:test";
import { LogText } from "../src/core/log_text";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LOG = "\x1b[32mone\x1b[0m\r\n\r\n50 %\r100 %\r\ntwo 日本\r\nrest";

/** The text of [first, end), of pieces that begin at these offsets. */
function textOf(first: number, end: number, ...starts: number[]): string {
  const log = bytes(LOG);
  const text = new LogText(first, end);
  for (const [index, start] of starts.entries()) text.add(start, log.subarray(start, starts[index + 1] ?? log.length));
  text.finish();
  return text.text;
}

test("what lines show is copied, empty ones too, without colours", () => {
  assert.equal(textOf(0, bytes(LOG).length, 0), "one\n\n100 %\ntwo 日本\nrest");
});

test("pieces that cut a line leave it whole", () => {
  assert.equal(textOf(0, bytes(LOG).length, 0, 14, bytes(LOG.slice(0, LOG.indexOf("本"))).length), "one\n\n100 %\ntwo 日本\nrest");
});

test("a range begins and ends where it says, also within pieces", () => {
  const first = LOG.indexOf("50");
  const end = LOG.indexOf("two");
  assert.equal(textOf(first, end, 0), "100 %\n");
  assert.equal(textOf(first, end, first), "100 %\n");
});

test("what is missing is said, before, between and after", () => {
  const text = new LogText(0, 2000);
  text.add(1000, bytes("kept"));
  text.finish();
  assert.equal(text.text, "\n[1000\u00a0B are missing here]\nkept\n[996\u00a0B are missing here]\n");
  assert.equal(text.at, 2000);
});
