/** Cards beside the rows of a terminal: the marks that shells print, which of them a card belongs to, and the way from one
 * command to the next. */

import type { Card } from "../told";
import { cardState, clockOf, commandOf, cpuOf, peakHow, peakOf, span, wallSeconds } from "./card_words";
import { moment } from "./ending";

/** A mark of a prompt (B) or of the beginning of a command's output (C), as docs/protocol.md has them. `id` is the session's key
 * and the number of the prompt, `at` when it was printed, in seconds, where it says so. */
export interface ShellMark {
  readonly what: "B" | "C";
  readonly id: string;
  readonly at: number | null;
}

const MARK = /^([BC]);ide=([0-9A-Za-z]{32}-\d{1,15})((?:;[a-z]+=[^;]*)*)$/;
const TIME = /;t=([\d.,]+)(?:;|$)/;

/** What an OSC 133 says; null where it is another mark, or one of somebody else's shell. */
export function markOf(osc: string): ShellMark | null {
  const [, what, id, more = ""] = MARK.exec(osc) ?? [];
  if (!what || !id) return null;
  const at = TIME.exec(more)?.[1];
  return { what: what as "B" | "C", id, at: at === undefined ? null : Number(at.replace(",", ".")) };
}

/** Where the output of a command began, as a terminal saw it: `from` is the offset up to which all was parsed before. */
export interface Begun {
  readonly at: number | null;
  readonly from: number;
}

/** The piece of output in which a mark stands is no longer. */
const MAX_PIECE_BYTES = 32 * 1024;

/** Which of them is a card's; -1 for none. A card has the time of its mark, to the microsecond, and lies where that was printed: a
 * mark that another program prints has another time or place. */
export function begunOf({ start, started }: Pick<Card, "start" | "started">, begun: readonly Begun[]): number {
  return begun.findIndex(({ at, from }) => at === started && from <= start && start <= from + MAX_PIECE_BYTES);
}

/** "finished after 3.2 s", "failed (2) after 0.12 s", "running for 12 s". `now` in seconds. */
export function cardSentence(card: Card, now: number): string {
  const { word } = cardState(card);
  return card.state === "running" ? `${word} for ${clockOf(card, now)}` : `${word} after ${span(wallSeconds(card, now))}`;
}

/** All that is known of it, in one or two lines: "Failed (2) after 3.2 s, began 14:02", "1.2 s of CPU, 312 MiB of memory at most (sampled)". */
export function factsOf(card: Card, now: number): string[] {
  const sentence = cardSentence(card, now);
  const used = [
    ...(card.cpu_seconds === null ? [] : [`${cpuOf(card)} of CPU`]),
    ...(card.peak_bytes === null ? [] : [`${peakOf(card)} of memory at most${peakHow(card) && ` (${peakHow(card)})`}`]),
  ];
  return [`${sentence[0]?.toUpperCase()}${sentence.slice(1)}, began ${moment(card.started)}`, ...(used.length > 0 ? [used.join(", ")] : [])];
}

const MOST_CHARS = 80;

/** What was typed, as far as a heading or a name has room for it. */
export function shortCommand(card: Pick<Card, "command">): string {
  const chars = [...commandOf(card)];
  return chars.length > MOST_CHARS ? `${chars.slice(0, MOST_CHARS).join("")}…` : chars.join("");
}

/** The place of a card in a terminal. */
export interface Placed {
  readonly id: number;
  readonly row: number;
}

/** Those that have a row to themselves, from the top: of several that claim one nobody knows whose it is. */
export function alone(all: Iterable<Placed>): Placed[] {
  const rows = new Map<number, Placed | null>();
  for (const one of all) rows.set(one.row, rows.has(one.row) ? null : one);
  return [...rows.values()].filter((one) => one !== null).sort((a, b) => a.row - b.row);
}

/** The command `by` places further on from the one that is shown (null: none), among all from the oldest on. Null where there is
 * none: before the oldest one stays, behind the newest one is at the prompt. */
export function neighbour<One extends { readonly id: number }>(all: readonly One[], shown: number | null, by: 1 | -1): One | null {
  const at = all.findIndex(({ id }) => id === shown);
  if (at < 0) return by < 0 ? (all.at(-1) ?? null) : null;
  return all[Math.max(0, at + by)] ?? null;
}

/** Of a row in sight, the command nearest to it within `reach` rows; of two as near the upper one. */
export function nearest(all: readonly Placed[], row: number, reach: number): Placed | null {
  let found: Placed | null = null;
  for (const one of all) {
    const far = Math.abs(one.row - row);
    if (far <= reach && (!found || far < Math.abs(found.row - row))) found = one;
  }
  return found;
}
