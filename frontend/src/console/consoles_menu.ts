/** The menu of all consoles, with or without a tab. */

import { moment } from "../core/ending";
import { shownTitle } from "../core/naming";
import { waitsForCommand } from "../core/prompt";
import { keptTogether } from "../core/recording";
import { type State, stateOf } from "../core/state";
import { stateSince } from "../core/state_since";
import type { MenuEntry } from "../shell/menu";
import { openMenu } from "../shell/overlays";
import type { ConsoleInfo } from "../told";
import { neverRecordedEntry, newEntry } from "./creating";
import type { ConsoleGroup } from "./index";
import { askRemoving, ofAllConsoles } from "./console_menu";
import { hidden } from "./menus";
import { progressWords } from "./progress";
import { isLive } from "./room";
import { consoleById, consoles, logs, refresh } from "./store";

/** All consoles with their state, running ones first; what can be started stands before the ended ones, which may be many. */
export function showConsolesMenu(anchor: Element, group: ConsoleGroup): void {
  const all = consoles.value ?? [];
  const running = all.filter(({ state }) => state === "running");
  const ended = all.filter(({ state }) => state === "ended").sort((a, b) => (b.ended ?? 0) - (a.ended ?? 0));
  const items = (some: readonly ConsoleInfo[]): MenuEntry[] => some.map((info) => consoleEntry(info, group));
  const busy = (info: ConsoleInfo): boolean => !waitsForCommand(info);
  const kinds = ["bash", "python"] as const;
  const entries: MenuEntry[] = [
    { heading: running.length > 0 ? "Running" : isLive() ? "No console is running" : "No running console is known" },
    ...items(running.filter(busy)),
    ...items(running.filter((info) => !busy(info))),
    "line",
    ...kinds.map((kind) => newEntry(kind, group)),
    ...kinds.map((kind) => neverRecordedEntry(kind, group)),
    "line",
    ...ofAllConsoles(),
  ];
  if (ended.length > 0) entries.push("line", { heading: "Ended" }, ...items(ended));
  const dropped = hidden(group, "ended");
  if (dropped.length > 0) {
    entries.push({ label: `Remove ${dropped.length} ended without a tab, with their output`, danger: true, run: () => void askRemoving(dropped, group) });
  }
  if (logs.value) entries.push("line", { heading: keptTogether(logs.value) });
  openMenu(anchor, "Consoles", entries);
  refresh().catch(() => undefined); // then what was told last is shown, and the status line says why
}

/** One console: what it is called, how it is, and whether it has no tab. */
function consoleEntry(info: ConsoleInfo, group: ConsoleGroup): MenuEntry {
  const { id } = info;
  const said = (): { state: State; detail: string } => {
    const now = consoleById(id) ?? info;
    const parts = [stateSince(now, isLive(), Date.now() / 1000, moment)];
    if (now.progress) parts.push(progressWords(now.progress));
    if (now.bel) parts.push("it rang");
    if (!group.openAnywhere.has(id)) parts.push("no\u00a0tab");
    return { state: stateOf(now, isLive()), detail: parts.join(" · ") };
  };
  return { label: shownTitle(info), said, run: () => group.open(id) };
}
