import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineWidths } from "../src/console/widths";

const widths = new EngineWidths();
const valueOf = (text: string): number =>
  [...text].reduce((before, char) => widths.charProperties(char.codePointAt(0) ?? 0, before), 0);

test("cells of characters, also far beyond the first plane", () => {
  const of = (char: string): number => widths.wcwidth(char.codePointAt(0) ?? 0);
  assert.deepEqual([..."a漢😀🥲🫠ä─\u0301\u200d𠀀\u{2fffd}\u{e0100}"].map(of), [1, 2, 2, 2, 2, 1, 1, 0, 0, 2, 2, 0]);
});

test("a mark joins what stands before it and takes its width, but joins nothing at a line's start", () => {
  assert.equal(valueOf("漢\u0301"), (2 << 1) | 1);
  assert.equal(valueOf("e\u0301\u0308"), (1 << 1) | 1);
  assert.equal(valueOf("\u0301"), 0);
  assert.equal(valueOf("😀😀"), 2 << 1);
});
