/** The output of one card as plain text, out of its console's log. */

import { size } from "../core/sizes";
import { areOthers, OTHER_LINES } from "../output/other_lines";
import { LogSource } from "../output/source";
import type { Card } from "../told";

const WITHIN_MS = 60_000;

export interface CardOutput {
  readonly text: string;
  readonly lines: number;
  /** What is not there and why, a sentence each. */
  readonly left: readonly string[];
}

/** At most `most` bytes of it, from its beginning. Throws ApiError. */
export async function outputOf(card: Card, most: number): Promise<CardOutput> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const source = new LogSource(card.console);
  const end = card.end ?? (await source.map()).end;
  const printed = await source.text(card.start, Math.min(end, card.start + most), signal);
  const text = printed.replace(/\n$/, "");
  const left = [
    ...(areOthers(card) ? [OTHER_LINES] : []),
    ...(end - card.start > most ? [`These are the first ${size(most)} of ${size(end - card.start)}.`] : []),
  ];
  return { text, lines: text === "" ? 0 : text.split("\n").length, left };
}
