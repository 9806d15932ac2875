/** The page's terminals by console: one each, kept while a pane shows it or is about to. */

import type { Link } from "../link";
import { watchInput } from "./active";
import { readColours, watchColours } from "./colours";
import { followConsoles } from "./store";
import { ConsoleTerminal } from "./terminal";

/** A terminal taken out of one pane is put into another within this, or leaves the console. */
const MOVING_MS = 1000;

interface Held {
  readonly terminal: ConsoleTerminal;
  holders: number;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

const held = new Map<string, Held>();
let current: Link | null = null;

/** Start following the link's consoles. Once, before the first render. Returns how to stop. */
export function startConsoles(link: Link): () => void {
  current = link;
  link.setTheme(readColours().wire);
  const undo = [
    followConsoles(link),
    watchInput(),
    watchColours((colours) => {
      link.setTheme(colours.wire);
      for (const { terminal } of held.values()) terminal.setColours(colours);
    }),
  ];
  return () => {
    for (const stop of undo) stop();
    for (const { terminal } of held.values()) terminal.dispose();
    held.clear();
    current = null;
  };
}

/** The terminal of a console; give it back with `release`. */
export function acquire(consoleId: string): ConsoleTerminal {
  if (!current) throw new Error("startConsoles comes first");
  const found = held.get(consoleId) ?? { terminal: new ConsoleTerminal(current, consoleId), holders: 0, leaving: undefined };
  held.set(consoleId, found);
  clearTimeout(found.leaving);
  found.holders += 1;
  return found.terminal;
}

/** The pane is gone. The terminal stays a moment, in case that it only moved. */
export function release(consoleId: string): void {
  const found = held.get(consoleId);
  if (!found) return;
  found.holders -= 1;
  if (found.holders > 0) return;
  found.leaving = setTimeout(() => {
    held.delete(consoleId);
    found.terminal.dispose();
  }, MOVING_MS);
}

/** The grid for a console that starts now: that of a terminal in sight, else the classic one. */
export function sizeForNew(): { cols: number; rows: number } {
  const shown = [...held.values()].find(({ terminal }) => terminal.root.checkVisibility({ visibilityProperty: true }));
  if (!shown) return { cols: 80, rows: 24 };
  const { cols, rows } = shown.terminal.measure();
  return { cols, rows };
}

/** How the keeper knows this page load. */
export function thisPage(): string {
  return current?.device ?? "";
}

/** Whether the server is heard: what is known of consoles holds at this moment. */
export function isLive(): boolean {
  return current?.status.value === "connected";
}

/** The terminal that a pane holds now, if any. */
export function terminalOf(consoleId: string): ConsoleTerminal | null {
  return held.get(consoleId)?.terminal ?? null;
}
