/** Dividing a pane. */

import { actions } from "../console/index";
import type { Direction, Pane } from "../core/split";
import { arrangement, layout } from "./layout";
import { sayError } from "./notices";

/** Divide a pane. The tab in front moves along where others stay; a lone console gets a new neighbour. */
export function divide(pane: Pane, direction: Direction): void {
  const taken = pane.tabs.length > 1 ? pane.active : null;
  if (taken) layout.close(pane.kind, taken);
  layout.addPane(pane.pane, direction, { kind: pane.kind, tabs: taken ? [taken] : [], active: taken });
  if (pane.kind === "console" && !taken) {
    const added = arrangement.peek().focused;
    actions.create("bash").then((info) => layout.show("console", info.id, added), sayError);
  }
}
