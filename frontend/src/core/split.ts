/** The split tree: how panes divide the room. Pure values; every function returns a new tree.
 *
 * A pane holds tabs of one kind: files (refs) or consoles (ids). A split divides its room in two,
 * `row` side by side, `column` one above the other; `ratio` is the share of the first, 0.1 to 0.9. */

export type Kind = "editor" | "console";
export type Direction = "row" | "column";

export interface Pane {
  readonly pane: string;
  readonly kind: Kind;
  readonly tabs: readonly string[];
  readonly active: string | null;
}

export interface Split {
  readonly split: string;
  readonly direction: Direction;
  readonly ratio: number;
  readonly first: Node;
  readonly second: Node;
}

export type Node = Pane | Split;

/** Fractions of the whole room, 0 to 1. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Divider {
  readonly split: string;
  readonly direction: Direction;
  readonly ratio: number;
  /** The room that the split divides. */
  readonly room: Rect;
  /** The first pane on the first side, for aria-controls. */
  readonly controls: string;
  /** The first pane on the other side, before which it is read. */
  readonly before: string;
}

export const MAX_PANES = 4;
export const MIN_RATIO = 0.1;
export const MAX_RATIO = 0.9;
export const WHOLE: Rect = { left: 0, top: 0, width: 1, height: 1 };

export function isPane(node: Node): node is Pane {
  return "pane" in node;
}

/** All panes, in reading order. */
export function panesOf(node: Node): readonly Pane[] {
  return isPane(node) ? [node] : [...panesOf(node.first), ...panesOf(node.second)];
}

export function findPane(node: Node, id: string): Pane | undefined {
  return panesOf(node).find((pane) => pane.pane === id);
}

/** The pane that holds this tab, if any does. */
export function paneWith(node: Node, kind: Kind, tab: string): Pane | undefined {
  return panesOf(node).find((pane) => pane.kind === kind && pane.tabs.includes(tab));
}

/** The rooms of all panes by id, and all dividers. */
export function measure(node: Node, room: Rect = WHOLE): { rooms: Map<string, Rect>; dividers: Divider[] } {
  if (isPane(node)) return { rooms: new Map([[node.pane, room]]), dividers: [] };
  const { direction, ratio, split } = node;
  const { left, top, width, height } = room;
  const [one, two]: [Rect, Rect] =
    direction === "row"
      ? [
          { ...room, width: width * ratio },
          { left: left + width * ratio, top, width: width * (1 - ratio), height },
        ]
      : [
          { ...room, height: height * ratio },
          { left, top: top + height * ratio, width, height: height * (1 - ratio) },
        ];
  const first = measure(node.first, one);
  const second = measure(node.second, two);
  const [controls, before] = [node.first, node.second].map((part) => panesOf(part)[0]?.pane ?? "") as [string, string];
  return {
    rooms: new Map([...first.rooms, ...second.rooms]),
    dividers: [{ split, direction, ratio, room, controls, before }, ...first.dividers, ...second.dividers],
  };
}

/** A name that no pane and no split of the tree has. */
export function freshId(node: Node, prefix: string): string {
  const taken = new Set(idsOf(node));
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

function idsOf(node: Node): string[] {
  return isPane(node) ? [node.pane] : [node.split, ...idsOf(node.first), ...idsOf(node.second)];
}

/** Every pane as `change` returns it; the rest of the tree stays. */
export function mapPanes(node: Node, change: (pane: Pane) => Pane): Node {
  if (isPane(node)) return change(node);
  return { ...node, first: mapPanes(node.first, change), second: mapPanes(node.second, change) };
}

/** Put `added` beside the pane `id`. The same tree when it has MAX_PANES already or no such pane. */
export function splitPane(tree: Node, id: string, direction: Direction, added: Pane): Node {
  if (panesOf(tree).length >= MAX_PANES || !findPane(tree, id)) return tree;
  const split = freshId(tree, "s");
  const grow = (node: Node): Node => {
    if (isPane(node)) return node.pane === id ? { split, direction, ratio: 0.5, first: node, second: added } : node;
    return { ...node, first: grow(node.first), second: grow(node.second) };
  };
  return grow(tree);
}

/** Take a pane away; its neighbour gets the room. The last pane stays. */
export function removePane(tree: Node, id: string): Node {
  if (isPane(tree)) return tree;
  if (isPane(tree.first) && tree.first.pane === id) return tree.second;
  if (isPane(tree.second) && tree.second.pane === id) return tree.first;
  return { ...tree, first: removePane(tree.first, id), second: removePane(tree.second, id) };
}

export function setRatio(tree: Node, split: string, ratio: number): Node {
  if (isPane(tree)) return tree;
  const own = tree.split === split ? Math.min(MAX_RATIO, Math.max(MIN_RATIO, ratio)) : tree.ratio;
  return { ...tree, ratio: own, first: setRatio(tree.first, split, ratio), second: setRatio(tree.second, split, ratio) };
}

/** Give panes that stand in one line the same size. */
export function equalise(tree: Node): Node {
  if (isPane(tree)) return tree;
  const one = inLine(tree.first, tree.direction);
  const two = inLine(tree.second, tree.direction);
  return { ...tree, ratio: one / (one + two), first: equalise(tree.first), second: equalise(tree.second) };
}

function inLine(node: Node, direction: Direction): number {
  if (isPane(node) || node.direction !== direction) return 1;
  return inLine(node.first, direction) + inLine(node.second, direction);
}

/** The split right above a pane. */
export function splitAbove(tree: Node, id: string): Split | undefined {
  if (isPane(tree)) return undefined;
  const holds = [tree.first, tree.second].some((node) => isPane(node) && node.pane === id);
  return holds ? tree : (splitAbove(tree.first, id) ?? splitAbove(tree.second, id));
}

/** Turn the split above a pane: side by side becomes one above the other, and back. */
export function turn(tree: Node, id: string): Node {
  const above = splitAbove(tree, id);
  return above ? mapSplit(tree, above.split, (split) => ({ ...split, direction: split.direction === "row" ? "column" : "row" })) : tree;
}

/** Swap a pane with its neighbour. */
export function swap(tree: Node, id: string): Node {
  const above = splitAbove(tree, id);
  const exchange = (split: Split): Split => ({ ...split, ratio: 1 - split.ratio, first: split.second, second: split.first });
  return above ? mapSplit(tree, above.split, exchange) : tree;
}

/** Every split becomes a column: for rooms too narrow for two panes side by side. */
export function stacked(tree: Node): Node {
  if (isPane(tree)) return tree;
  return { ...tree, direction: "column", first: stacked(tree.first), second: stacked(tree.second) };
}

function mapSplit(node: Node, id: string, change: (split: Split) => Split): Node {
  if (isPane(node)) return node;
  const inner = { ...node, first: mapSplit(node.first, id, change), second: mapSplit(node.second, id, change) };
  return node.split === id ? change(inner) : inner;
}
