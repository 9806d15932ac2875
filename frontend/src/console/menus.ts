/** The menus of the console strip. */

import { shownTitle } from "../core/naming";
import { keptSentence } from "../core/recording";
import { download } from "../shell/download";
import { isApple } from "../shell/key_help";
import { sayError } from "../shell/notices";
import { openMenu, prompt } from "../shell/overlays";
import type { MenuEntry } from "../shell/menu";
import type { ConsoleInfo } from "../told";
import { attachedEntries } from "./attached";
import { closeConsole, end } from "./closing";
import type { ConsoleGroup } from "./index";
import { terminalOf, thisPage } from "./room";
import { actions, consoles, logUrl } from "./store";

const MAX_TITLE_CHARS = 200;

/** The menu of all consoles, loaded when it is first wanted. */
export function openConsolesMenu(anchor: Element, group: ConsoleGroup): void {
  import("../later").then(({ showConsolesMenu }) => showConsolesMenu(anchor, group), sayError);
}

/** What can be done with one console. */
export function openConsoleMenu(anchor: Element, info: ConsoleInfo, group: ConsoleGroup): void {
  const running = info.state === "running";
  const elsewhere = attachedEntries(info, thisPage());
  const entries: MenuEntry[] = [
    { label: "Find in the output", keys: isApple ? "Cmd F" : "Ctrl F", run: () => terminalOf(info.id)?.find() },
    { label: "Rename", run: () => void rename(info) },
    running
      ? { label: "Close tab and keep running", run: () => group.close(info.id) }
      : { label: "Start again", run: () => restart(info) },
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

function restart({ id }: ConsoleInfo): void {
  const terminal = terminalOf(id);
  if (terminal) terminal.startAgain();
  else actions.restart(id).catch(sayError);
}

export async function remove(info: ConsoleInfo, group: ConsoleGroup): Promise<void> {
  try {
    await actions.remove(info.id);
    group.close(info.id);
  } catch (error) {
    sayError(error);
  }
}

/** Consoles without a tab in any pane. */
export function hidden(group: ConsoleGroup, state: ConsoleInfo["state"]): ConsoleInfo[] {
  return (consoles.value ?? []).filter((info) => info.state === state && !group.openAnywhere.has(info.id));
}
