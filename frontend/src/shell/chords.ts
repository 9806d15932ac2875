/** What keys do that can wait for a chunk: the second key of a chord, F6, the search in files. */

import { closeConsole } from "../console/closing";
import { consoleById } from "../console/index";
import { goToCommand } from "../cards/open";
import type { Action } from "../core/keymap";
import { panesOf } from "../core/split";
import { closeFile } from "../editor/buffers";
import { openFind } from "../files/open_find";
import { openEverything } from "../palette/open_everything";
import { openRuns } from "../runs/open";
import { groupOf } from "./console_group";
import { divide } from "./divide";
import { focusPane } from "./keys";
import { arrangement, focusedPane, layout } from "./layout";
import { editorLetters, terminalLetters } from "./letters";
import { moveRegion } from "./regions";
import { screenClass } from "./screen";

export function chorded(action: Action, key: string): void {
  if (action === "next-region") return moveRegion(1);
  if (action === "previous-region") return moveRegion(-1);
  if (action === "next-command") return goToCommand(1);
  if (action === "previous-command") return goToCommand(-1);
  if (action === "search") return openEverything();
  if (action === "find-in-files") return openFind("");
  if (action === "runs") return openRuns();
  if (action in STEPS) return resize(STEPS[action] ?? 0);
  const pane = focusedPane.peek();
  if (!pane) return;
  if (action === "close-tab") closeTab();
  else if (action === "split") divide(pane, screenClass.peek() === "wide" ? "row" : "column");
  else if (action === "maximise") maximise();
  else if (action === "tab-n") {
    const tab = pane.tabs[Number(key) - 1];
    if (tab === undefined) return;
    layout.activate(pane.pane, tab);
    focusPane(pane);
  }
}

/** In px; 0 is back to the usual ones. */
const STEPS: { [action in Action]?: number } = { "larger-letters": 1, "smaller-letters": -1, "usual-letters": 0 };

function resize(step: number): void {
  const letters = focusedPane.peek()?.kind === "editor" ? editorLetters : terminalLetters;
  letters.choose(step === 0 ? null : letters.px + step);
}

/** Close the tab in front; a console where something runs asks first. */
export function closeTab(): void {
  const pane = focusedPane.peek();
  const tab = pane?.active ?? null;
  if (!pane || tab === null) return;
  if (pane.kind === "editor") closeFile(tab);
  else void closeConsole(consoleById(tab), () => groupOf(pane).close(tab));
}

function maximise(): void {
  const { tree, focused, maximised } = arrangement.peek();
  if (panesOf(tree).length > 1) layout.maximise(maximised === focused ? null : focused);
}
