/** The output of one card as plain text, out of its console's log. */

import { consoleById } from "../console/index";
import { size } from "../core/sizes";
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
    ...(consoleById(card.console)?.epoch === card.epoch ? [] : ["Output was not recorded for a while since: the lines may be others."]),
    ...(end - card.start > most ? [`These are the first ${size(most)} of ${size(end - card.start)}.`] : []),
  ];
  return { text, lines: text === "" ? 0 : text.split("\n").length, left };
}
