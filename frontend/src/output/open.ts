/** Opening the whole output of a console, from a menu, the top of the scrollback, or a link to lines. Loaded when wanted. */

import "../later"; // with it, what all of them share is one chunk
import { h } from "preact";
import { activeTerminal } from "../console/active";
import { acquire, release, terminalOf } from "../console/room";
import { layout } from "../shell/layout";
import type { Card } from "../told";
import { wear } from "../wear";
import { showInScrollback } from "./in_scrollback";
import { OutputModel } from "./model";
import type { Wanted } from "./search_stream";
import css from "./output.css" with { type: "text" };
import { OutputView } from "./view";

wear(css);

const open = new WeakMap<object, OutputModel>();

/** Show the whole output of a console over its terminal, at the line of an offset, which is marked, or at the end. */
export function showOutput(consoleId: string, offset: number | null = null): void {
  const shown = shownOver(consoleId, offset);
  if (shown) void (offset === null ? shown.scroller.toEnd() : shown.scroller.to(offset, true));
}

/** Show the whole output at what a command printed, marked. */
export function showCommand(card: Card): void {
  shownOver(card.console, card)?.choose(card);
}

/** The view over a console's terminal; null where it opens only now, with what is wanted. */
function shownOver(consoleId: string, wanted: number | Card | null): OutputModel | null {
  const terminal = acquire(consoleId); // its pane may come in the next frame
  release(consoleId);
  const shown = terminal.over.peek() && open.get(terminal);
  if (shown) return shown;
  const model = new OutputModel(terminal, wanted);
  open.set(terminal, model);
  if (activeTerminal.peek() === terminal) activeTerminal.value = null;
  terminal.over.value = () => h(OutputView, { model });
  return null;
}

/** Search the whole output of a console, in its view. */
export function searchOutput(consoleId: string, wanted: Wanted): void {
  showOutput(consoleId);
  const terminal = terminalOf(consoleId);
  const model = terminal && open.get(terminal);
  if (!model) return;
  model.wantedSearch.value = wanted;
  model.searching.value = true;
}

/** Open the console's tab, and the lines at an offset: in the terminal where it holds them, else in the whole output. */
export async function showLines(consoleId: string, offset: number): Promise<void> {
  layout.show("console", consoleId);
  const terminal = terminalOf(consoleId);
  const covered = terminal?.over.peek();
  const held = terminal && !covered ? await showInScrollback(terminal, offset).catch(() => false) : false;
  if (!held) showOutput(consoleId, offset);
}
