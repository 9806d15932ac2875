/** What the console room is told of panes. */

import { type ConsoleGroup, giveKeys, terminalOf } from "../console/index";
import type { Pane } from "../core/split";
import { layout, openConsoles } from "./layout";

/** The console tabs of one pane. */
export function groupOf(pane: Pane): ConsoleGroup {
  return {
    ids: pane.tabs,
    active: pane.active,
    openAnywhere: openConsoles.value,
    activate: (id) => layout.activate(pane.pane, id),
    open: (id) => {
      layout.show("console", id, pane.pane);
      giveKeys(() => terminalOf(id));
    },
    close: (id) => layout.close("console", id),
  };
}

/** Where no pane shows consoles: a pane for one is made when it opens. */
export function groupOutside(): ConsoleGroup {
  const open = (id: string): void => {
    layout.show("console", id);
    giveKeys(() => terminalOf(id));
  };
  return { ids: [], active: null, openAnywhere: openConsoles.value, activate: open, open, close: (id) => layout.close("console", id) };
}
