/** What a person reads about the page's keys. */

import { keysOf } from "../core/key_words";
import type { Action } from "../core/keymap";
import { isApple, isOurs } from "../shell/key_help";

/** In the order of a list. */
export const ACTIONS: readonly [Action, string][] = [
  ["palette", "Every command, with its key"],
  ["open-file", "Open a file by a part of its name"],
  ["find-in-files", "Find in all files"],
  ["save", "Save"],
  ["run", "Run the file"],
  ["stop", "Stop the run; Escape where nothing runs, and in a console"],
  ["toggle-files", "Show or hide the files"],
  ["toggle-console", "Show or hide the console"],
  ["close-tab", "Close the tab"],
  ["tab-n", "The first tab, and so on to 9"],
  ["next-tab", "Next tab; the other arrow goes back"],
  ["split", "Split the pane"],
  ["maximise", "Maximise or restore the pane"],
  ["search", "Search everything, that is commands, titles and output of all consoles"],
  ["runs", "List all that ran in every console"],
  ["next-region", "Next part of the page; with Shift the one before"],
  ["previous-command", "In a console: the command before; the other arrow goes on"],
  ["larger-letters", "Larger letters, of the editor or of all terminals"],
  ["smaller-letters", "Smaller letters"],
  ["usual-letters", "Letters as usual"],
];

export function keyHelp(): readonly { keys: string; what: string }[] {
  const mod = isApple ? "Cmd" : "Ctrl";
  const ours = ACTIONS.filter(([action]) => isOurs(action)).map(([action, what]) => ({ keys: keysOf(action, isApple), what })).filter(({ keys }) => keys !== "");
  return [
    ...ours,
    { keys: "Shift Enter", what: "In a .py or .sh file: run the selection, or the line, in a console" },
    { keys: `${mod} F`, what: "Find in the file, or in what a console printed" },
    { keys: "Ctrl Shift F", what: "The same in a console while a full-screen program runs" },
    { keys: `${mod} Enter`, what: "In the compose line: send, with Enter" },
    { keys: "Ctrl [", what: "Escape in a console, where the keyboard has no Esc key" },
    { keys: isApple ? "Shift Option M" : "Ctrl M", what: "Let Tab leave the editor" },
  ];
}
