/** The menus of the console strip. */

import { moment } from "../core/ending";
import { shownTitle } from "../core/naming";
import { waitsForCommand } from "../core/prompt";
import { keptSentence, keptTogether } from "../core/recording";
import { type State, stateOf, stateSince } from "../core/state";
import { download } from "../shell/download";
import { isApple } from "../shell/key_help";
import { sayError } from "../shell/notices";
import { openMenu, prompt } from "../shell/overlays";
import type { MenuEntry } from "../shell/menu";
import type { ConsoleInfo } from "../told";
import { attachedEntries } from "./attached";
import { closeConsole, end } from "./closing";
import { neverRecordedEntry, newEntry } from "./creating";
import type { ConsoleGroup } from "./index";
import { progressWords } from "./progress";
import { isLive, terminalOf, thisPage } from "./room";
import { actions, consoleById, consoles, logs, logUrl, refresh } from "./store";

const MAX_TITLE_CHARS = 200;

/** What can be done with one console. */
export function openConsoleMenu(anchor: Element, info: ConsoleInfo, group: ConsoleGroup): void {
  const running = info.state === "running";
  const elsewhere = attachedEntries(info, thisPage());
  const entries: MenuEntry[] = [
    { label: "Find in the output", keys: isApple ? "Cmd F" : "Ctrl F", run: () => terminalOf(info.id)?.find() },
    { label: "Rename", run: () => void rename(info) },
    running
      ? { label: "Close tab and keep running", run: () => group.close(info.id) }
      : { label: "Start again", run: () => void restart(info) },
    "line",
    { heading: keptSentence(info) || "Output" },
    { label: "Download output", run: () => download(logUrl(info.id)) },
    ...(running ? [{ label: "Never record", checked: info.never_record === true, run: () => void record(info) }] : []),
    "line",
    ...(elsewhere.length > 0 ? [{ heading: "Shown on" }, ...elsewhere, "line" as const] : []),
    running
      ? { label: "End", danger: true, run: () => void end(info) }
      : { label: "Remove with its output", danger: true, run: () => void remove(info, group) },
  ];
  openMenu(anchor, `Actions for ${shownTitle(info)}`, entries);
}

/** All consoles with their state, running ones first; what can be started stands before the ended ones, which may be many. */
export function openConsolesMenu(anchor: Element, group: ConsoleGroup): void {
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
  ];
  if (ended.length > 0) entries.push("line", { heading: "Ended" }, ...items(ended));
  const dropped = hidden(group, "ended");
  if (dropped.length > 0) {
    entries.push({ label: `Remove ${dropped.length} ended without a tab, with their output`, danger: true, run: () => void removeAll(dropped, group) });
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

/** How many consoles run without a tab in any pane. */
export function keptCount(group: ConsoleGroup): number {
  return hidden(group, "running").length;
}

/** Whether there is a console that only the Consoles menu leads to. */
export function hasHidden(group: ConsoleGroup): boolean {
  return (consoles.value ?? []).some((info) => !group.openAnywhere.has(info.id));
}

export async function rename(info: ConsoleInfo): Promise<void> {
  const title = await prompt({
    title: "Rename console",
    label: "Title (empty: the program's own)",
    value: info.title,
    button: "Rename",
    check: (text) => {
      const length = [...text.trim()].length;
      return length > MAX_TITLE_CHARS ? `A title has at most ${MAX_TITLE_CHARS} characters.` : null;
    },
  });
  if (title !== null) actions.rename(info.id, title.trim()).catch(sayError);
}

export function close(info: ConsoleInfo | null, id: string, group: ConsoleGroup): void {
  void closeConsole(info, () => group.close(id));
}

async function record(info: ConsoleInfo): Promise<void> {
  await actions.record(info.id, info.never_record === true).catch(sayError);
}

async function restart(info: ConsoleInfo): Promise<void> {
  const size = terminalOf(info.id)?.measure();
  await actions.restart(info.id, size && { cols: size.cols, rows: size.rows }).catch(sayError);
}

async function remove(info: ConsoleInfo, group: ConsoleGroup): Promise<void> {
  try {
    await actions.remove(info.id);
    group.close(info.id);
  } catch (error) {
    sayError(error);
  }
}

async function removeAll(some: readonly ConsoleInfo[], group: ConsoleGroup): Promise<void> {
  for (const info of some) await remove(info, group);
}

function hidden(group: ConsoleGroup, state: ConsoleInfo["state"]): ConsoleInfo[] {
  return (consoles.value ?? []).filter((info) => info.state === state && !group.openAnywhere.has(info.id));
}
