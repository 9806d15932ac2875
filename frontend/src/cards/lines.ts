/** The rows of a terminal that belong to a command: what was typed, and what it printed. */

import type { Card } from "../told";
import type { Gutter } from "./gutter";

/** Rows [first, end). */
export interface Lines {
  readonly first: number;
  readonly end: number;
}

/** They end where the next command was typed, or at the prompt. Null where the terminal does not hold them all, or nobody knows where
 * they end. */
export function linesOf(gutter: Pick<Gutter, "cards" | "rowOf" | "terminal">, card: Card): Lines | null {
  const first = gutter.rowOf(card);
  if (first === null) return null;
  const { baseY, cursorY } = gutter.terminal.term.buffer.normal;
  const next = gutter.cards.find(({ id }) => id > card.id);
  const end = next ? gutter.rowOf(next) : baseY + cursorY + (card.state === "running" ? 1 : 0);
  return end === null ? null : { first, end: Math.max(end, first + 1) };
}

/** The row to have at the top of so many: all of the lines in sight, `above` rows below it, or where they are too many, their end. */
export function topOf({ first, end }: Lines, rows: number, above: number): number {
  return Math.max(0, end - first <= rows - above ? first - above : end - rows + 1);
}
