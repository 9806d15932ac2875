/** The menu of a pane, loaded when it is first wanted. */

import { findPane } from "../core/split";
import { arrangement } from "./layout";
import { later } from "./on_demand";
import { openMenu } from "./overlays";

export function openPaneMenu(anchor: Element, paneId: string): void {
  const pane = findPane(arrangement.peek().tree, paneId);
  if (!pane) return;
  const label = pane.kind === "editor" ? "Editor pane" : "Console pane";
  later(({ paneEntries }) => openMenu(anchor, label, paneEntries(pane)));
}
