/** What a console is called. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { shownFolder, shownTitle, tabTooltip } from "../src/core/naming";

const plain = { title: "Bash 2", cwd: "/home/user" };

test("a name by hand wins, then the program's title, then the first one", () => {
  assert.equal(shownTitle(plain), "Bash 2");
  assert.equal(shownTitle({ ...plain, program_title: "" }), "Bash 2");
  assert.equal(shownTitle({ ...plain, program_title: "vim" }), "vim");
  assert.equal(shownTitle({ ...plain, title: "mine", named: true, program_title: "vim" }), "mine");
});

test("the home folder is short, and only that", () => {
  assert.equal(shownFolder("/home/user"), "~");
  assert.equal(shownFolder("/home/user/a"), "~/a");
  assert.equal(shownFolder("/home/username"), "/home/username");
});

test("a folder cannot turn the text around it", () => {
  assert.equal(shownFolder("/tmp/\u202eexe\n"), "/tmp/�exe�");
});

test("the tooltip has every name, the state and the folder", () => {
  assert.equal(tabTooltip({ ...plain, program_title: "vim" }, ["running", "40 %"]), "vim (Bash 2): running · 40 % · ~");
  assert.equal(tabTooltip(plain, ["ready"]), "Bash 2: ready · ~");
});
