/** A log's bytes as lines to show, and how text is coloured. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, linesOf } from "../src/core/log_lines";
import { hex, PLAIN, readable, restyled, RGB } from "../src/core/sgr";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (text: string): string => lineOf(text, PLAIN).runs.map((run) => run.text).join("");

test("lines have their offsets in bytes, also where characters have several", () => {
  const { lines } = linesOf(bytes("é1\r\n\nend"), 100);
  assert.deepEqual(lines.map(({ first, end }) => [first, end]), [[100, 105], [105, 106], [106, 109]]);
  assert.deepEqual(lines.map(({ runs }) => runs.map(({ text }) => text).join("")), ["é1", "", "end"]);
});

test("a colour goes on into the next lines and the next piece", () => {
  const { lines, style } = linesOf(bytes("a\x1b[1;31mred\nstill"), 0);
  assert.deepEqual(lines[0]?.runs.map((run) => [run.text, run.style.fg, run.style.bold]), [["a", -1, false], ["red", 1, true]]);
  assert.equal(lines[1]?.runs[0]?.style, style);
  assert.equal(linesOf(bytes("on"), 0, style).lines[0]?.runs[0]?.style.fg, 1);
});

test("the palette, 256 colours and RGB in both spellings", () => {
  const fg = (params: string): number => restyled(PLAIN, params).fg;
  assert.deepEqual(["32", "97", "38;5;208", "38;2;1;2;3", "38:2::1:2:3", "38:2:1:2:3", "38:5:9"].map(fg), [2, 15, 208, RGB + 0x010203, RGB + 0x010203, RGB + 0x010203, 9]);
  const after = restyled(PLAIN, "38;5;208;4;48;2;9;9;9;1");
  assert.deepEqual([after.fg, after.bg, after.bold, after.underline], [208, RGB + 0x090909, true, true]);
  assert.equal(restyled(PLAIN, "38;5;300").fg, -1);
  assert.equal(restyled(PLAIN, "38;2;999;0;0").fg, -1);
  assert.deepEqual(restyled(restyled(PLAIN, "1;2;3;4;7;9"), ""), PLAIN);
  assert.equal(restyled(PLAIN, "4:0").underline, false);
  assert.equal(restyled(PLAIN, "58;5;3;1").bold, true);
  assert.equal(hex(196, [], ""), "#ff0000");
  assert.equal(hex(244, [], ""), "#808080");
});

test("colours that could not be read are moved until they can", () => {
  assert.equal(readable("#1c2024", "#ffffff"), "#1c2024");
  assert.notEqual(readable("#ffff00", "#ffffff"), "#ffff00");
  assert.notEqual(readable("#000000", "#14171a"), "#000000");
});

test("a carriage return overwrites, and one at the end does not", () => {
  assert.equal(shown("abc\r"), "abc");
  assert.equal(shown("50 %\r100 %"), "100 %");
  assert.equal(shown("long words\rno"), "nong words");
  assert.equal(shown("long words\r\x1b[Kno"), "no");
  assert.equal(shown("abc\b\bX"), "aXc");
  assert.equal(shown("a\tb\rX"), "X       b");
  assert.equal(shown("a\x1b[5Cb"), "a     b");
  assert.equal(shown("abc\x1b[2Kd"), "   d");
});

test("other control sequences are left out, whole or not", () => {
  assert.equal(shown("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "alink");
  assert.equal(shown("\x1b[?2004ha\x1b[10;20Hb\x1b(B\x1b=c\x00\x07\x1bPq#0\x1b\\d"), "abcd");
  assert.equal(shown("\x1b[31"), "");
  assert.equal(shown("a\x1b"), "a");
  assert.equal(shown("\x1b[>4;2ma"), "a");
  assert.equal(lineOf("\x1b[>4;1ma", PLAIN).runs[0]?.style.bold, false);
});

test("bytes that are no text show a mark and lose no line", () => {
  const { lines } = linesOf(new Uint8Array([0xff, 0x41, 10, 0xe2, 0x82, 10, 0x42]), 0);
  assert.deepEqual(lines.map(({ runs }) => runs.map(({ text }) => text).join("")), ["\ufffdA", "\ufffd", "B"]);
});

test("a program cannot make a line of any width out of few bytes", () => {
  assert.ok(shown("\x1b[999999999Ca".repeat(50)).length < 5000);
});
