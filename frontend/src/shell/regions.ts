/** Which part of the page has the keys: F6 leads from one to the next. */

import { panesOf } from "../core/split";
import { focusPane } from "./keys";
import { arrangement, layout } from "./layout";

/** Where F6 leads, in this order, as far as there is something to press. A terminal keeps Tab: what comes after one needs it. */
const REGIONS = [".files", ".pane.editor", ".pane.console", ".notices", ".statusbar", ".switcher", ".top-actions"];
const TREE_ROW = "[role=treeitem][tabindex='0']";

export function moveRegion(by: number): void {
  const found = REGIONS.flatMap((selector) => [...document.querySelectorAll(selector)]).filter((region) => isInReach(region) && entryOf(region));
  const at = found.findIndex((region) => region.contains(document.activeElement));
  const next = found[at < 0 && by < 0 ? found.length - 1 : (at + by + found.length) % found.length];
  if (!next) return;
  const pane = panesOf(arrangement.peek().tree).find(({ pane: id }) => id === next.id);
  if (!pane) return entryOf(next)?.focus();
  layout.activate(pane.pane, null);
  focusPane(pane);
}

/** What takes the keys of a part of the page; a pane has its own way. */
function entryOf(region: Element): HTMLElement | undefined {
  return region.querySelector<HTMLElement>(TREE_ROW) ?? [...region.querySelectorAll("button")].find(isInReach);
}

const isInReach = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");
