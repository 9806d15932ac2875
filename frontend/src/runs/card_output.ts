/** The output of one card as plain text, out of its console's log. */

import { consoleById } from "../console/index";
import { LogText } from "../core/log_text";
import { size } from "../core/sizes";
import { LogSource } from "../output/source";
import type { Card } from "../told";

/** As much as the server gives at once. */
const PART_BYTES = 256 * 1024;
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
  const printed = new LogText(card.start, Math.min(end, card.start + most));
  for (const stop = Math.min(end, card.start + most); printed.at < stop; ) {
    const part = await source.part(printed.at, { exact: true, bytes: Math.min(PART_BYTES, stop - printed.at) }, signal);
    if (part.end <= printed.at) break;
    printed.add(part.first, part.data);
  }
  printed.finish();
  const text = printed.text.replace(/\n$/, "");
  const left = [
    ...(consoleById(card.console)?.epoch === card.epoch ? [] : ["Output was not recorded for a while since: the lines may be others."]),
    ...(end - card.start > most ? [`These are the first ${size(most)} of ${size(end - card.start)}.`] : []),
  ];
  return { text, lines: text === "" ? 0 : text.split("\n").length, left };
}
