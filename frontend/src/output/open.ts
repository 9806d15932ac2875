/** Opening the whole output of a console, from a menu, the top of the scrollback, or a link to lines. Loaded when wanted. */

import "../later"; // with it, what all of them share is one chunk
import { h } from "preact";
import { api, inWorkspace } from "../api";
import { activeTerminal } from "../console/active";
import { acquire, release, terminalOf } from "../console/room";
import { layout } from "../shell/layout";
import type { Card } from "../told";
import { wear } from "../wear";
import { showInScrollback } from "./in_scrollback";
import { OutputModel } from "./model";
import type { Wanted } from "./search_stream";
import css from "./output.css" with { type: "text" };
import { LogSource } from "./source";
import { OutputView } from "./view";

/** A terminal's room, where none is known. */
const CLASSIC = { rows: 24, cols: 80 };
/** A command stands a quarter below the top of the view, beside which its bars need some. */
const SHARE = 0.6;
const WITHIN_MS = 5000;

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

function modelOf(consoleId: string): OutputModel | undefined {
  const terminal = terminalOf(consoleId);
  return terminal ? open.get(terminal) : undefined;
}

/** The command that is marked in the view over a console's terminal; without one, that before what is in sight is gone to. */
export async function markedCommand(consoleId: string): Promise<Card | null> {
  const model = modelOf(consoleId);
  if (!model?.chosen.peek()) await model?.step(true);
  return model?.chosen.peek() ?? null;
}

/** Search the whole output of a console, in its view. */
export function searchOutput(consoleId: string, wanted: Wanted): void {
  showOutput(consoleId);
  const model = modelOf(consoleId);
  if (!model) return;
  model.wantedSearch.value = wanted;
  model.searching.value = true;
}

/** Open the console's tab, and the lines at an offset: in the terminal where it holds them, else in the whole output. With the id of the
 * `card` that printed them, which begins or ends there, all of its lines are marked, and in sight as far as there is room. */
export async function showLines(consoleId: string, offset: number, card: number | null = null): Promise<void> {
  layout.show("console", consoleId);
  const terminal = terminalOf(consoleId);
  const printed = card === null ? null : await api.get<Card>(inWorkspace(`cards/${card}`)).catch(() => null); // it may be gone
  if (printed) {
    const { revealCommand } = await import("../cards/start");
    if (terminal?.over.peek() === null && revealCommand(printed)) return; // asked now: the view may have come meanwhile
    if (offset <= printed.start || (await fits(printed, terminalOf(consoleId)?.term))) return showCommand(printed);
  } else if (terminal?.over.peek() === null && (await showInScrollback(terminal, offset).catch(() => false))) return;
  showOutput(consoleId, offset);
  if (printed) modelOf(consoleId)?.mark(printed);
}

/** Whether what a command printed has room in the view, as far as that is known: nothing of it is drawn yet. */
async function fits({ console, start, end }: Card, { rows, cols } = CLASSIC): Promise<boolean> {
  if (end === null || end - start > rows * cols) return false;
  const text = await new LogSource(console).text(start, end, AbortSignal.timeout(WITHIN_MS)).catch(() => "");
  const taken = text.trimEnd().split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / cols)), 0);
  return taken <= rows * SHARE;
}
