/** The commands of the consoles on this page, beside their rows. Loaded with the first command that there is. */

import "../later"; // with it, what all of them share is one chunk
import { effect, untracked } from "@preact/signals";
import { activeTerminal } from "../console/active";
import { terminalOf } from "../console/room";
import type { ConsoleTerminal } from "../console/terminal";
import { panesOf } from "../core/split";
import { link } from "../session";
import { arrangement, focusedPane, openConsoles } from "../shell/layout";
import { say } from "../shell/notices";
import type { Card } from "../told";
import { wear } from "../wear";
import { showBar } from "./bar";
import css from "./cards.css" with { type: "text" };
import { Gutter } from "./gutter";
import { openCardMenu, outputOver, stepIn } from "./menu";

/** A pane has its terminal by then. */
const MOUNTED_MS = 300;
const MISSED_MS = 500;

wear(css);

const gutters = new WeakMap<ConsoleTerminal, Gutter>();

/** The commands beside a console's terminal; null where no pane holds it. */
function gutterOf(consoleId: string): Gutter | null {
  const terminal = terminalOf(consoleId);
  if (!terminal?.channel) return null;
  const found = gutters.get(terminal);
  if (found) return found;
  const made = new Gutter(terminal);
  gutters.set(terminal, made);
  void made.refresh();
  return made;
}

let newest = 0;
let missed: ReturnType<typeof setTimeout> | undefined;

/** Of many that begin and end at once only the newest are told. */
function told(card: Card): void {
  gutterOf(card.console)?.take([card]);
  if (newest > 0 && card.id > newest + 1) {
    clearTimeout(missed);
    missed = setTimeout(() => {
      for (const id of openConsoles.peek()) void gutterOf(id)?.refresh();
    }, MISSED_MS);
  }
  newest = Math.max(newest, card.id);
}

link.onEvent((event) => {
  if (event.type === "card") told(event.card);
});
effect(() => {
  const ids = [...openConsoles.value];
  untracked(() => ids.forEach(gutterOf));
  setTimeout(() => ids.forEach(gutterOf), MOUNTED_MS);
});

// Where a divider is beside a terminal, it reaches over the marks for who drags it: a press there that drags nothing means them.
const MOVED_PX = 3;
const POINTER_REACH_PX = 16;
let pressed: PointerEvent | null = null;
addEventListener("pointerdown", (event) => { pressed = event; }, true);
addEventListener("click", ({ clientX: x, clientY: y, target }) => {
  if (!pressed || !(target as Element).closest(".divider") || Math.hypot(x - pressed.clientX, y - pressed.clientY) > MOVED_PX) return;
  const reach = pressed.pointerType === "touch" ? undefined : POINTER_REACH_PX;
  for (const id of openConsoles.peek()) if (terminalOf(id)?.tapped(x, y, reach)) return (target as HTMLElement).blur();
}, true); // before the key row comes with the first touch, and everything moves

/** The console that is meant: where the keys are, else the one in front. */
function inFront(): Gutter | null {
  const focused = focusedPane.peek();
  const pane = focused?.kind === "console" ? focused : panesOf(arrangement.peek().tree).find(({ kind }) => kind === "console");
  const id = activeTerminal.peek()?.consoleId ?? pane?.active;
  return id ? gutterOf(id) : null;
}

/** Go to the command before or after, of the console in front, or with `last` to the newest one of that console. */
export function goToCommand(by: 1 | -1, last?: string): void {
  const gutter = last === undefined ? inFront() : gutterOf(last);
  if (!gutter) return void say("No console is in front.");
  const output = outputOver(gutter);
  if (output && last === undefined) return void stepIn(output, by);
  if (last !== undefined) gutter.show(null);
  if (gutter.cards.length === 0) return void say("No command of this console is known yet.");
  gutter.step(by);
  showBar(gutter);
}

/** Stand before what a command printed, in its terminal. Returns false where that does not hold it. */
export function revealCommand(card: Card): boolean {
  const gutter = gutterOf(card.console);
  gutter?.take([card]);
  if (!gutter?.reveal(card)) return false;
  showBar(gutter);
  return true;
}

/** What can be done with the command that was gone to, or the newest one; in the whole output with the one that is marked there. */
export async function openCommandMenu(): Promise<void> {
  const gutter = inFront();
  const output = gutter && outputOver(gutter);
  if (gutter && output) {
    const { markedCommand } = await import("../output/open");
    const marked = await markedCommand(gutter.terminal.consoleId);
    if (marked && output.isConnected) openCardMenu(output.querySelector(".output-command") ?? output, gutter, marked);
    return;
  }
  if (gutter && !gutter.current.peek()) goToCommand(-1);
  const card = gutter?.current.peek();
  if (gutter && card) openCardMenu(gutter.terminal.root, gutter, card);
}
