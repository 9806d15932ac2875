import assert from "node:assert/strict";
import { test } from "node:test";
import { allOf, counted, extended, NOTHING, outermost, type Selection, shortened, toggled } from "../src/core/selection";

const ROWS = ["a", "a/1", "a/2", "b", "c", "d"];
const refs = (selection: Selection): string[] => [...selection.refs].sort();
const entries = (...some: string[]) => some.map((ref) => ({ ref, kind: ref.includes(".") ? "file" : "folder" }));

test("one row at a time comes and goes", () => {
  let selection = toggled(toggled(NOTHING, "a"), "c");
  assert.deepEqual(refs(selection), ["a", "c"]);
  selection = toggled(selection, "a");
  assert.deepEqual(refs(selection), ["c"]);
  assert.deepEqual(refs(NOTHING), []);
});

test("a range grows and shrinks from where it began, up and down, and leaves what was selected before", () => {
  const begun = toggled(toggled(NOTHING, "d"), "a/2");
  assert.deepEqual(refs(extended(begun, ROWS, "c")), ["a/2", "b", "c", "d"]);
  assert.deepEqual(refs(extended(extended(begun, ROWS, "c"), ROWS, "a/1")), ["a/1", "a/2", "d"]);
  assert.deepEqual(refs(extended(extended(begun, ROWS, "d"), ROWS, "a/2")), ["a/2", "d"]);
  assert.deepEqual(refs(extended(NOTHING, ROWS, "b")), ["b"]);
  const gone = toggled(NOTHING, "gone"); // its row is not there any more
  assert.deepEqual(refs(extended(gone, ROWS, "b")), ["b", "gone"]);
  assert.deepEqual(refs(extended(toggled(gone, "b"), ["x", "y"], "x")), ["b", "gone", "x"]);
});

test("all of a folder, then none of it", () => {
  const some = toggled(NOTHING, "b");
  const all = allOf(some, ["a/1", "a/2"]);
  assert.deepEqual(refs(all), ["a/1", "a/2", "b"]);
  assert.deepEqual(refs(allOf(all, ["a/1", "a/2"])), ["b"]);
  assert.deepEqual(refs(allOf(toggled(all, "a/1"), ["a/1", "a/2"])), ["a/1", "a/2", "b"]);
});

test("what lies in a folder that is selected too goes with it", () => {
  const found = outermost(entries("a", "a/b/c", "ab", "b/c", "b/c.d"));
  assert.deepEqual(found.map(({ ref }) => ref), ["a", "ab", "b/c", "b/c.d"]);
  const many = entries(...Array.from({ length: 20_000 }, (_, at) => `f/${at}`));
  assert.equal(outermost(many).length, 20_000); // and in no time
});

test("they are counted in words", () => {
  assert.equal(counted(entries("a.b")), "1 file");
  assert.equal(counted(entries("a.b", "b.c")), "2 files");
  assert.equal(counted(entries("a")), "1 folder");
  assert.equal(counted(entries("a", "b")), "2 folders");
  assert.equal(counted(entries("a", "b.c")), "2 files and folders");
});

test("many names become their folder where all of it is meant, or are too many", () => {
  const names = Array.from({ length: 50 }, (_, at) => `photos/${at}`);
  const inside = (folder: string) => (folder === "photos" ? names : null);
  assert.deepEqual(shortened(names, inside, 10_000), names);
  assert.deepEqual(shortened([...names, "b"], inside, 100), ["b", "photos"]);
  assert.equal(shortened(names.slice(1), inside, 100), null);
  assert.equal(shortened(names, () => null, 100), null);
});
