/** Everything that can be done, for the palette: what keys do, and what the menus of the account, of the pane and of the
 * console in front offer at this moment. */

import { accountEntries } from "../account/menu";
import { goToCommand } from "../cards/open";
import { consoleById, consoles } from "../console/index";
import { newEntry } from "../console/creating";
import { consoleEntries } from "../console/console_menu";
import { keysOf, wordsOf } from "../core/key_words";
import { type Action, chordsOf, KEYMAP } from "../core/keymap";
import { nameOf } from "../core/refs";
import { shownTitle } from "../core/naming";
import { panesOf } from "../core/split";
import { activeView } from "../editor/views";
import { newFile, newFolder } from "../files/actions";
import { files } from "../files/commands";
import { openFind } from "../files/open_find";
import { openRuns } from "../runs/open";
import { chorded } from "../shell/chords";
import { groupOf, groupOutside } from "../shell/console_group";
import { isApple } from "../shell/key_help";
import { focusPane, moveTab, toggleConsole, toggleFiles } from "../shell/keys";
import { arrangement, focusedPane, layout } from "../shell/layout";
import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import { openPalette } from "../shell/on_demand";
import { paneEntries } from "../shell/pane_menu";
import { frontRun, runFront, saveFront, stopRun } from "../shell/run";
import { moveRegion } from "../shell/regions";
import { openEverything } from "./open_everything";
import { openKeyChooser, openKeyTester } from "./open_key_tester";

export interface Command {
  readonly label: string;
  /** What it belongs to, said beside it. */
  readonly of: string;
  readonly keys: string;
  readonly checked?: boolean;
  run(): void;
}

const keyed = (action: Action, label: string, run: () => void): Command => ({ label, of: "", keys: keysOf(action, isApple), run });
const unkeyed = (label: string, of: string, run: () => void): Command => ({ label, of, keys: "", run });

export function commands(): readonly Command[] {
  const run = frontRun.peek();
  const pane = focusedPane.peek();
  return [
    keyed("open-file", "Open a file…", () => openPalette("files")),
    keyed("search", "Search everything…", openEverything),
    keyed("find-in-files", "Find in files…", () => openFind("")),
    keyed("save", "Save", () => void saveFront()),
    keyed("run", "Run the file", runFront),
    ...(run?.state === "running" ? [keyed("stop", "Stop the run", () => void stopRun(run))] : []),
    keyed("toggle-files", "Show or hide the files", toggleFiles),
    keyed("toggle-console", "Show or hide the console", toggleConsole),
    keyed("close-tab", "Close the tab in front", () => chorded("close-tab", "")),
    keyed("next-tab", "Next tab", () => moveTab(1)),
    keyed("previous-tab", "Previous tab", () => moveTab(-1)),
    keyed("next-region", "Next part of the page", () => moveRegion(1)),
    keyed("previous-region", "Previous part of the page", () => moveRegion(-1)),
    keyed("previous-command", "Go to the command before, in the console", () => goToCommand(-1)),
    keyed("next-command", "Go to the next command, in the console", () => goToCommand(1)),
    unkeyed("Actions for the command that was gone to, or the newest", "console", () => void import("../cards/start").then((parts) => parts.openCommandMenu()).catch(sayError)),
    keyed("split", "Split the pane", () => chorded("split", "")),
    keyed("runs", "Runs of all consoles…", openRuns),
    keyed("maximise", "Maximise or restore the pane", () => chorded("maximise", "")),
    unkeyed("New file", "files", () => void newFile("")),
    unkeyed("New folder", "files", () => void newFolder("")),
    unkeyed("Select files", "files", () => { layout.files(true); files.select(null); }),
    ...ofText(),
    ...ofConsoles(),
    ...tabs(),
    ...(pane ? fromMenu(paneEntries(pane), pane.kind === "editor" ? "editor pane" : "console pane") : []),
    ...fromMenu(accountEntries(), "account and settings"),
    ...(document.fullscreenEnabled ? [fullScreen()] : []),
    unkeyed("Change keys…", "keyboard", openKeyChooser),
    unkeyed("Key tester…", "keyboard", openKeyTester),
  ];
}

/** With the keys that a browser else keeps, where it gives them (Chromium does): Ctrl W then is the shell's. */
function fullScreen(): Command {
  const on = document.fullscreenElement !== null;
  const { keyboard } = navigator as { keyboard?: { lock(): Promise<void> } };
  const enter = (): Promise<unknown> => document.documentElement.requestFullscreen().then(() => keyboard?.lock());
  return { label: "Full screen", of: "", keys: "", checked: on, run: () => void (on ? document.exitFullscreen() : enter()).catch(sayError) };
}

/** What can be done to the text in front, beside what its pane's menu has. */
function ofText(): Command[] {
  const view = activeView.peek();
  if (!view) return [];
  const key = isApple ? "Cmd" : "Ctrl";
  return [
    { label: "Comment or uncomment the lines", of: "editor", keys: `${key} /`, run: () => view.press("comment") },
    { label: "Indent the lines", of: "editor", keys: "Tab", run: () => view.press("indent") },
    { label: "Outdent the lines", of: "editor", keys: "Shift Tab", run: () => view.press("outdent") },
  ];
}

function ofConsoles(): Command[] {
  const { tree } = arrangement.peek();
  const focused = focusedPane.peek();
  const pane = focused?.kind === "console" ? focused : panesOf(tree).find(({ kind }) => kind === "console");
  const group = pane ? groupOf(pane) : groupOutside();
  const info = group.active === null ? null : consoleById(group.active);
  const others = (consoles.peek() ?? []).filter(({ id }) => id !== group.active);
  return [
    ...fromMenu([newEntry("bash", group), newEntry("python", group)], "consoles"),
    ...(info ? fromMenu(consoleEntries(document.querySelector(".top-actions") ?? document.body, info, group), shownTitle(info)) : []),
    ...others.map((other) => unkeyed(`Go to console ${shownTitle(other)}`, other.state, () => group.open(other.id))),
  ];
}

/** The tabs beside the one in front. */
function tabs(): Command[] {
  const pane = focusedPane.peek();
  if (!pane) return [];
  const binding = KEYMAP.find(({ action }) => action === "tab-n");
  const chords = binding ? chordsOf(binding, isApple) : [];
  return pane.tabs.flatMap((tab, at) => {
    if (tab === pane.active) return [];
    const info = pane.kind === "console" ? consoleById(tab) : null;
    const label = `Go to tab ${at + 1}: ${pane.kind === "editor" ? nameOf(tab) : info ? shownTitle(info) : ""}`;
    const go = (): void => { layout.activate(pane.pane, tab); focusPane(pane); };
    return [{ label, of: "", keys: chords[at] === undefined ? "" : wordsOf(chords[at], isApple), run: go }];
  });
}

/** The entries of a menu that can be chosen now. */
function fromMenu(entries: readonly MenuEntry[], of: string): Command[] {
  return entries.flatMap((entry) => {
    if (entry === "line" || "heading" in entry || entry.disabled) return [];
    const { label, keys = "", checked } = entry;
    return [{ label, of, keys, ...(checked !== undefined && { checked }), run: () => entry.run() }];
  });
}

