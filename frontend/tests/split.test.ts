import assert from "node:assert/strict";
import test from "node:test";
import {
  equalise, findPane, MAX_PANES, measure, type Node, type Pane, panesOf, removePane, setRatio, splitPane, stacked, swap, turn,
} from "../src/core/split";

const pane = (id: string): Pane => ({ pane: id, kind: "console", tabs: [], active: null });
const three = (): Node => splitPane(splitPane(pane("a"), "a", "row", pane("b")), "b", "column", pane("c"));

test("panes fill the whole room without overlap", () => {
  const { rooms, dividers } = measure(three());
  const area = [...rooms.values()].reduce((sum, r) => sum + r.width * r.height, 0);
  assert.ok(Math.abs(area - 1) < 1e-9);
  assert.deepEqual(rooms.get("c"), { left: 0.5, top: 0.5, width: 0.5, height: 0.5 });
  assert.deepEqual(dividers.map((d) => [d.direction, d.controls]), [["row", "a"], ["column", "b"]]);
  assert.deepEqual(dividers.map((d) => d.before), ["b", "c"]);
});

test("a fifth pane is refused and the tree stays the same value", () => {
  const four = splitPane(three(), "a", "row", pane("d"));
  assert.equal(panesOf(four).length, MAX_PANES);
  assert.equal(splitPane(four, "a", "row", pane("e")), four);
});

test("removing a pane gives its room to the neighbour; the last one stays", () => {
  assert.deepEqual(panesOf(removePane(three(), "a")).map((p) => p.pane), ["b", "c"]);
  assert.deepEqual(measure(removePane(three(), "c")).rooms.get("b"), { left: 0.5, top: 0, width: 0.5, height: 1 });
  assert.deepEqual(removePane(pane("a"), "a"), pane("a"));
});

test("a divider keeps both sides in reach", () => {
  assert.equal(measure(setRatio(three(), "s1", 0)).dividers[0]?.ratio, 0.1);
  assert.equal(measure(setRatio(three(), "s1", 3)).dividers[0]?.ratio, 0.9);
});

test("equal sizes count the panes in a line", () => {
  const line = splitPane(splitPane(pane("a"), "a", "row", pane("b")), "b", "row", pane("c"));
  for (const room of measure(equalise(line)).rooms.values()) assert.ok(Math.abs(room.width - 1 / 3) < 1e-9);
});

test("turn, swap and stack", () => {
  assert.deepEqual(measure(turn(three(), "b")).rooms.get("c"), { left: 0.75, top: 0, width: 0.25, height: 1 });
  assert.deepEqual(panesOf(swap(three(), "c")).map((p) => p.pane), ["a", "c", "b"]);
  assert.ok(measure(stacked(three())).dividers.every((d) => d.direction === "column"));
  assert.equal(findPane(three(), "z"), undefined);
});
