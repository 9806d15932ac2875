import assert from "node:assert/strict";
import test from "node:test";
import { encodeName, extensionOf, isRunnable, isWithin, join, moved, nameOf, parentOf } from "../src/core/refs";

test("a name goes out as UTF-8 bytes and comes back readable", () => {
  assert.equal(encodeName("ä b.py"), "%C3%A4%20b.py");
  assert.equal(nameOf("src/%C3%A4%20b.py"), "ä b.py");
  assert.equal(nameOf("src.d/A-b_c~1.py"), "A-b_c~1.py");
  assert.equal(encodeName("100%/x"), "100%25%2Fx");
});

test("a name that is not UTF-8 is shown, and its ref stays as it was", () => {
  assert.equal(nameOf("caf%E9.txt"), "caf\ufffd.txt");
  assert.equal(join("caf%E9", "a.py"), "caf%E9/a.py");
});

test("a name cannot break its row, hide or turn the reading direction", () => {
  assert.equal(nameOf("a%0Ab"), "a\u240ab");
  assert.equal(nameOf("a%E2%80%AEgpj.exe"), "a\ufffdgpj.exe");
  assert.equal(nameOf("%3Cimg%20src%3Dx%3E"), "<img src=x>");
});

test("parents, moves and kinds", () => {
  assert.equal(parentOf("a/b/c.py"), "a/b");
  assert.equal(parentOf("c.py"), "");
  assert.equal(isWithin("a/bc", "a/b"), false);
  assert.equal(isWithin("a/b/c", "a/b"), true);
  assert.equal(moved("a/b/c", "a/b", "x"), "x/c");
  assert.equal(moved("a/bc", "a/b", "x"), "a/bc");
  assert.equal(extensionOf(".bashrc"), "");
  assert.equal(isRunnable("train.PY"), true);
  assert.equal(isRunnable("notes.md"), false);
});
