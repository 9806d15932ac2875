/** What of a file goes to a prompt. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { forPrompt } from "../src/core/for_prompt";

const TABLE: [string, string, string][] = [
  ["a line", "print(1)", "print(1)"],
  ["a line from within a block", "        total += 1", "total += 1"],
  ["blank lines around it", "\n\n  x = 1  \r\n\n", "x = 1"],
  ["a block, which an empty line ends", "for x in y:\n    print(x)", "for x in y:\n    print(x)\n"],
  ["a block within another", "    if x:\n\n        y()\n    z()", "if x:\n\n    y()\nz()"],
  ["tabs are not spaces", "\tif x:\n\t    y()", "if x:\n    y()\n"],
  ["what a line has less than the first", "    a()\nb()", "    a()\nb()"],
  ["keys hidden in a text", "a\x1b[201~b\x03", "a[201~b"],
  ["nothing", " \n\t\n", ""],
];

for (const [what, text, sent] of TABLE) test(what, () => assert.equal(forPrompt(text), sent));
