/** What can be done with a pane and the tab in front of it. */

import columns from "lucide:columns-2";
import equal from "lucide:equal";
import maximise from "lucide:maximize-2";
import minimise from "lucide:minimize-2";
import play from "lucide:play";
import moveIcon from "lucide:arrow-right-left";
import rotate from "lucide:rotate-cw";
import rowsIcon from "lucide:rows-2";
import searchIcon from "lucide:search";
import x from "lucide:x";
import { equalise, MAX_PANES, type Pane, panesOf, splitAbove, swap, turn } from "../core/split";
import { isRunnable, nameOf } from "../core/refs";
import { buffers, closeFile } from "../editor/buffers";
import { viewOf } from "../editor/views";
import { divide } from "./divide";
import { arrangement, layout } from "./layout";
import { editorLetters } from "./letters";
import { lettersEntry } from "./letters_menu";
import type { MenuEntry, MenuItem } from "./menu";
import { runSelection } from "./on_demand";
import { screenClass, single } from "./screen";

export function paneEntries(pane: Pane): readonly MenuEntry[] {
  const { tree } = arrangement.peek();
  const panes = panesOf(tree);
  const all: MenuEntry[] = [...ofFile(pane), ...moves(pane, panes)];
  if (!single.peek()) {
    if (all.length > 0) all.push("line");
    all.push(...divisions(pane, panes.length));
    if (panes.length > 1) all.push(...rearrangements(pane));
  }
  if (panes.length > 1 && !(single.peek() && panes.filter(({ kind }) => kind === pane.kind).length === 1)) {
    all.push("line", { label: "Close this pane", icon: x, run: () => layout.closePane(pane.pane) });
  }
  return all;
}

function ofFile(pane: Pane): MenuItem[] {
  const ref = pane.active;
  const buffer = pane.kind === "editor" && ref !== null ? buffers.peek().get(ref) : undefined;
  if (!buffer || ref === null) return [];
  const view = viewOf(buffer);
  return [
    ...(isRunnable(ref) ? [{ label: "Run the selection or line", icon: play, keys: "Shift Enter", disabled: !view, run: runSelection }] : []),
    { label: "Find in the file", icon: searchIcon, keys: "Ctrl F", disabled: !view, run: () => { view?.focus(); view?.find(); } },
    { label: "Undo", keys: "Ctrl Z", disabled: !view, run: () => view?.undo() },
    { label: "Redo", disabled: !view, run: () => view?.redo() },
    lettersEntry(editorLetters, "in the editor", document.querySelector(`#${pane.pane} .pane-buttons`) ?? document.body),
    { label: `Close ${nameOf(ref)}`, icon: x, run: () => closeFile(ref) },
    { label: "Close the others", disabled: pane.tabs.length < 2, run: () => pane.tabs.filter((tab) => tab !== ref).forEach(closeFile) },
  ];
}

function moves(pane: Pane, panes: readonly Pane[]): MenuItem[] {
  const tab = pane.active;
  const others = panes.filter((other) => other.kind === pane.kind && other.pane !== pane.pane);
  if (tab === null) return [];
  return others.map((other) => ({
    label: `Move the tab to pane ${panes.indexOf(other) + 1}`, icon: moveIcon, run: () => layout.show(pane.kind, tab, other.pane),
  }));
}

function divisions(pane: Pane, count: number): MenuItem[] {
  const disabled = count >= MAX_PANES;
  const beside: MenuItem = { label: "Split side by side", icon: columns, disabled, run: () => divide(pane, "row") };
  const below: MenuItem = { label: "Split one above the other", icon: rowsIcon, disabled, run: () => divide(pane, "column") };
  return screenClass.peek() === "wide" ? [beside, below] : [below];
}

function rearrangements(pane: Pane): MenuItem[] {
  const { tree, maximised } = arrangement.peek();
  const above = splitAbove(tree, pane.pane);
  const isMax = maximised === pane.pane;
  const turned: MenuItem = {
    label: above?.direction === "row" ? "Put one above the other" : "Put side by side", icon: rotate, run: () => layout.tree((t) => turn(t, pane.pane)),
  };
  return [
    ...(screenClass.peek() === "wide" && above ? [turned] : []),
    { label: "Swap with its neighbour", icon: moveIcon, run: () => layout.tree((t) => swap(t, pane.pane)) },
    { label: "Equal sizes", icon: equal, run: () => layout.tree(equalise) },
    { label: isMax ? "Restore" : "Maximise", icon: isMax ? minimise : maximise, run: () => layout.maximise(isMax ? null : pane.pane) },
  ];
}
