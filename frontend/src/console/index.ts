/**
 * Consoles on the page. What the rest of the page uses:
 *
 * `startConsoles(link: Link)`: once, from main.ts, before the first render. The link comes from
 *   `makeLink()` in ../connect.
 *
 * `consoles`: signal of `readonly ConsoleInfo[] | null` (null until the link has told them).
 * `actions`: `create(kind, {cwd?, title?})`, `rename`, `end`, `restart`, `remove`; each answers with the
 *   console, or throws ApiError.
 *
 * `<ConsoleTabs group={group} />`: the strip of one pane, `tablist` "Consoles", the two New buttons
 *   and the Consoles menu. It knows nothing of panes: `group` says which tabs there are and is told
 *   what the person wants (see ConsoleGroup). Remove an id from `ids` yourself in `close`.
 *
 * `<ConsolePane consoleId visible focused />`: `region` "Console TITLE". Render one for each open tab
 *   and keep it mounted while its tab exists; hide those that are not in front with `visibility:
 *   hidden` (never `display: none`) and pass `visible={false}`. `focused`: its pane is the focused one.
 *   Moving a console to another pane may unmount it here and mount it there: the terminal survives.
 *
 * `startViewport()`: once, from main.ts; sets `--vvh` on the document's element and `data-keyboard`
 *   ("up" or absent). Nothing else may read visualViewport.
 */

import type { ConsoleInfo } from "../told";

/** The console tabs of one pane, owned by the layout. */
export interface ConsoleGroup {
  /** Ids of the consoles with a tab in this pane, left to right. */
  readonly ids: readonly string[];
  /** The one in front; null when there is none or something else is in front. */
  readonly active: string | null;
  /** Ids with a tab in any pane: the others are the kept ones, counted in the Consoles menu. */
  readonly openAnywhere: ReadonlySet<string>;
  /** Bring a tab of this pane to the front and focus it. */
  activate(id: string): void;
  /** Show this console here, in front: just created, or picked from the Consoles menu. */
  open(id: string): void;
  /** Take the tab away. The console has been ended or is kept running; closing alone ends nothing. */
  close(id: string): void;
}

export interface ConsoleTabsProps {
  readonly group: ConsoleGroup;
}

export interface ConsolePaneProps {
  readonly consoleId: string;
  readonly visible: boolean;
  readonly focused: boolean;
}

export { activeTerminal, giveKeys } from "./active";
export { ConsolePane } from "./ConsolePane";
export { ConsoleTabs } from "./ConsoleTabs";
export { sizeForNew, startConsoles, terminalOf } from "./room";
export { announce, announced } from "./screen_reader";
export { actions, consoleById, consoles, noteMade, starting } from "./store";
export { keyboardUp, startViewport } from "./viewport";
export type { ConsoleInfo };
