/** The menu of one console, and what it leads to. */

import { goToCommand } from "../cards/open";
import { keysOf } from "../core/key_words";
import { shownTitle } from "../core/naming";
import { keptSentence } from "../core/recording";
import { forgetComposed } from "../keybar/composed";
import { openCompose } from "../keybar/slot";
import { openEarlier } from "../output/earlier";
import { openEverything } from "../palette/open_everything";
import { openRuns } from "../runs/open";
import { download } from "../shell/download";
import { isApple } from "../shell/key_help";
import { terminalLetters } from "../shell/letters";
import { lettersEntry } from "../shell/letters_menu";
import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import { ask, openMenu } from "../shell/overlays";
import { prompt } from "../shell/prompt";
import { screenClass } from "../shell/screen";
import type { ConsoleInfo } from "../told";
import { attachedEntries } from "./attached_menu";
import { bellEntries } from "./bell_menu";
import { end } from "./closing";
import type { ConsoleGroup } from "./index";
import { readLastOutput } from "./last_output";
import { terminalOf, thisPage } from "./room";
import { actions, logUrl } from "./store";

const MAX_TITLE_CHARS = 200;

/** What can be done with one console. */
export function showConsoleMenu(anchor: Element, info: ConsoleInfo, group: ConsoleGroup): void {
  openMenu(anchor, `Actions for ${shownTitle(info)}`, consoleEntries(anchor, info, group));
}

export function consoleEntries(anchor: Element, info: ConsoleInfo, group: ConsoleGroup): readonly MenuEntry[] {
  const running = info.state === "running";
  const elsewhere = (info.attached ?? []).length > 1 ? attachedEntries(info, thisPage()) : [];
  return [
    { label: "Find in the output", keys: isApple ? "Cmd F" : "Ctrl F", run: () => terminalOf(info.id)?.searching.open() },
    ...(running ? [{ label: "Compose a text", run: () => openCompose(info.id) }] : []),
    { label: "Select and copy", run: () => terminalOf(info.id)?.select() },
    { label: "Read last output", run: () => readLast(info.id) },
    { label: "Go to the last command", keys: keysOf("previous-command", isApple), run: () => lastCommand(info, group) },
    lettersEntry(terminalLetters, "in every terminal", anchor),
    ...(running ? bellEntries(info) : []),
    { label: "Rename", run: () => void rename(info) },
    running
      ? { label: "Close tab and keep running", run: () => group.close(info.id) }
      : { label: "Start again", run: () => restart(info) },
    "line",
    { heading: keptSentence(info) || "Output" },
    { label: "Earlier output", run: () => earlier(info, group) },
    { label: "Download output", run: () => download(logUrl(info.id)) },
    ...(running ? [{ label: "Never record", checked: info.never_record === true, run: () => void record(info) }] : []),
    "line",
    ...(screenClass.peek() === "narrow" ? [{ heading: "All consoles" }, ...ofAllConsoles(), "line" as const] : []), // a phone may have no room for their menu's button
    ...(elsewhere.length > 0 ? [{ heading: "Shown on" }, ...elsewhere, "line" as const] : []),
    running
      ? { label: "End", danger: true, run: () => void end(info) }
      : { label: "Remove with its output", danger: true, run: () => void askRemoving([info], group) },
  ];
}

/** What looks through all of them. */
export function ofAllConsoles(): readonly MenuEntry[] {
  return [
    { label: "Search everything…", keys: keysOf("search", isApple), run: openEverything },
    { label: "Runs of all consoles…", keys: keysOf("runs", isApple), run: openRuns },
  ];
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

/** The whole output over the terminal, which has a tab by then. */
function earlier({ id }: ConsoleInfo, group: ConsoleGroup): void {
  group.open(id);
  openEarlier(id);
}

function lastCommand({ id }: ConsoleInfo, group: ConsoleGroup): void {
  group.open(id);
  goToCommand(-1, id);
}

function readLast(id: string): void {
  const terminal = terminalOf(id);
  if (terminal) readLastOutput(terminal);
}

async function record(info: ConsoleInfo): Promise<void> {
  if (info.never_record !== true) forgetComposed(info.id);
  await actions.record(info.id, info.never_record === true).catch(sayError);
}

function restart({ id }: ConsoleInfo): void {
  const terminal = terminalOf(id);
  if (terminal) terminal.startAgain();
  else actions.restart(id).catch(sayError);
}

/** Remove ended consoles, once that was asked: there is no way back. */
export async function askRemoving(some: readonly ConsoleInfo[], group: ConsoleGroup): Promise<void> {
  const [first] = some;
  const which = some.length === 1 && first ? shownTitle(first) : `${some.length} ended consoles`;
  const answer = await ask(`Remove ${which}?`, "All output and the list of commands are removed for good.", [
    { value: "remove", label: "Remove", look: "danger" },
    { value: "cancel", label: "Cancel" },
  ]);
  if (answer !== "remove") return;
  for (const info of some) await remove(info, group);
}

async function remove(info: ConsoleInfo, group: ConsoleGroup): Promise<void> {
  try {
    await actions.remove(info.id);
    forgetComposed(info.id);
    group.close(info.id);
  } catch (error) {
    sayError(error);
  }
}
