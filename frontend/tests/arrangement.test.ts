import assert from "node:assert/strict";
import test from "node:test";
import {
  addPane, closePane, closeTab, freshArrangement, frontOf, readArrangement, readOpen, reconcile, renameTab, showTab, tabsOf, widthClass,
} from "../src/core/arrangement";
import { findPane, panesOf } from "../src/core/split";

const NO_FRONT = { editor: null, console: null, kind: "editor" } as const;
const open = (files: string[], consoles: string[]) => ({ files, consoles, front: NO_FRONT, places: {} });

test("width classes", () => {
  assert.deepEqual([390, 699, 700, 1099, 1100, 1180].map(widthClass), ["narrow", "narrow", "medium", "medium", "wide", "wide"]);
});

test("what another device opened gets a tab, what it closed loses its tab, order and front stay", () => {
  let here = showTab(showTab(freshArrangement("wide"), "editor", "a.py"), "editor", "b.py");
  here = showTab(here, "editor", "a.py");
  const after = reconcile(here, open(["a.py", "c.py"], ["k1"]), "wide");
  assert.deepEqual(tabsOf(after.tree, "editor"), ["a.py", "c.py"]);
  assert.equal(panesOf(after.tree)[0]?.active, "a.py");
  assert.deepEqual(tabsOf(after.tree, "console"), ["k1"]);
});

test("what the person looked at last is in front on the next device too", () => {
  let desk = showTab(showTab(freshArrangement("wide"), "editor", "a.py"), "editor", "b.py");
  desk = showTab(showTab(desk, "console", "k1"), "console", "k2");
  const front = frontOf(desk);
  assert.deepEqual(front, { editor: "b.py", console: "k2", kind: "console" });
  let tablet = showTab(showTab(freshArrangement("medium"), "console", "k1"), "editor", "a.py");
  tablet = reconcile(tablet, { ...open(["a.py", "b.py"], ["k1", "k2"]), front }, "medium");
  assert.deepEqual(frontOf(tablet), front);
});

test("a tab is shown where it is, and never twice", () => {
  let here = showTab(freshArrangement("wide"), "console", "k1");
  here = addPane(here, "p2", "row", { kind: "console", tabs: [], active: null });
  here = showTab(here, "console", "k2");
  assert.deepEqual(panesOf(here.tree).map((p) => p.tabs), [[], ["k1"], ["k2"]]);
  here = showTab(here, "console", "k1");
  assert.equal(here.focused, "p2");
  here = showTab(here, "console", "k1", "p3");
  assert.deepEqual(tabsOf(here.tree, "console"), ["k2", "k1"]);
  assert.equal(panesOf(here.tree).length, 2, "the emptied pane went");
});

test("closing the last tab of the last editor leaves an empty editor", () => {
  const here = closeTab(showTab(freshArrangement("wide"), "editor", "a.py"), "editor", "a.py");
  assert.deepEqual(findPane(here.tree, "p1"), { pane: "p1", kind: "editor", tabs: [], active: null });
});

test("closing a pane hands its tabs on; without an heir they leave the screen", () => {
  let here = showTab(freshArrangement("wide"), "console", "k1");
  here = addPane(here, "p2", "row", { kind: "console", tabs: ["k2"], active: "k2" });
  here = closePane(here, "p3");
  assert.deepEqual(findPane(here.tree, "p2")?.tabs, ["k1", "k2"]);
  here = closePane(here, "p2");
  assert.deepEqual(panesOf(here.tree).map((p) => p.kind), ["editor"]);
  here = showTab(here, "console", "k2");
  assert.deepEqual(tabsOf(here.tree, "console"), ["k2"], "a console pane comes back when one is shown");
});

test("a maximised pane gives way when another is asked for", () => {
  const here = { ...freshArrangement("wide"), maximised: "p1" };
  assert.equal(showTab(here, "console", "k1").maximised, null);
  assert.equal(showTab(here, "editor", "a").maximised, "p1");
});

test("four editors make room for the first console", () => {
  let here = closePane(freshArrangement("wide"), "p2");
  for (const _ of [1, 2, 3]) here = addPane(here, "p1", "row", { kind: "editor", tabs: [], active: null });
  here = showTab(here, "console", "k1");
  assert.deepEqual(panesOf(here.tree).map((p) => p.kind).sort(), ["console", "editor", "editor", "editor"]);
});

test("narrow rooms never divide side by side", () => {
  const side = addPane(freshArrangement("wide"), "p1", "row", { kind: "editor", tabs: [], active: null });
  const narrow = reconcile(side, open([], []), "medium");
  assert.ok(JSON.stringify(narrow.tree).includes('"column"') && !JSON.stringify(narrow.tree).includes('"row"'));
});

test("a moved file keeps its tab", () => {
  const here = renameTab(showTab(freshArrangement("wide"), "editor", "a.py"), "editor", "a.py", "b.py");
  assert.deepEqual(panesOf(here.tree)[0], { pane: "p1", kind: "editor", tabs: ["b.py"], active: "b.py" });
});

test("stored JSON survives the round trip, and anything else is refused", () => {
  const here = showTab(freshArrangement("wide"), "editor", "a.py");
  assert.deepEqual(readArrangement(JSON.parse(JSON.stringify(here))), here);
  for (const bad of [null, 3, [], {}, { tree: {} }, { tree: { pane: "p", kind: "x", tabs: [] } }, { tree: { split: "s", direction: "row", ratio: "1" } }]) {
    assert.equal(readArrangement(bad), null);
  }
  assert.equal(readOpen({ files: [1], consoles: [] }), null);
  assert.deepEqual(readOpen({ files: ["a", "a"], consoles: [], places: { a: { head: 1, top: 0 }, b: { head: 1, top: 0 } } }), {
    files: ["a"], consoles: [], front: NO_FRONT, places: { a: { head: 1, top: 0 } },
  });
});
