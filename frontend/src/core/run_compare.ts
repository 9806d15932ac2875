/** Two runs of the same command side by side: what each took, and the difference in words. */

import type { Card } from "../told";
import { cardState, cpuOf, peakHow, peakOf, span, wallSeconds } from "./card_words";
import { size } from "./sizes";

export interface Compared {
  readonly word: string;
  readonly now: string;
  readonly before: string;
  /** "2.4 s longer, 24 % more", "about the same", "" where one of them is not known. */
  readonly difference: string;
}

/** Less than this share of it is no difference that means anything. */
const SAME_SHARE = 0.02;
/** Nor is less than this: clocks, and looks of a second, are no finer. */
const SAME_SECONDS = 0.02;
const SAME_BYTES = 64 * 1024;

export function compared(now: Card, before: Card): readonly Compared[] {
  const sampled = peakHow(now) || peakHow(before);
  return [
    { word: "Ended", now: cardState(now).word, before: cardState(before).word, difference: cardState(now).word === cardState(before).word ? "the same" : "differs" },
    { word: "Time", now: wallOf(now), before: wallOf(before), difference: difference(secondsOf(now), secondsOf(before), SAME_SECONDS, span, ["longer", "shorter"]) },
    { word: "CPU time", now: cpuOf(now), before: cpuOf(before), difference: difference(now.cpu_seconds, before.cpu_seconds, SAME_SECONDS, span, ["more", "less"]) },
    {
      word: sampled ? `Peak memory, ${sampled}` : "Peak memory", now: peakOf(now), before: peakOf(before),
      difference: difference(now.peak_bytes, before.peak_bytes, SAME_BYTES, size, ["more", "less"]),
    },
  ];
}

const secondsOf = (card: Card): number | null => (card.ended === null ? null : wallSeconds(card, card.ended));

function wallOf(card: Card): string {
  const seconds = secondsOf(card);
  return seconds === null ? "–" : span(seconds);
}

/** "2.4 s longer, 24 % more": the amount and, where there was something before, the share. */
export function difference(now: number | null, before: number | null, same: number, words: (amount: number) => string, [up, down]: readonly [string, string]): string {
  if (now === null || before === null) return "";
  const by = now - before;
  if (Math.abs(by) <= Math.max(same, before * SAME_SHARE)) return "about the same";
  const amount = `${words(Math.abs(by))} ${by > 0 ? up : down}`;
  if (before <= same) return amount;
  const times = now / before;
  return `${amount}, ${times >= 3 ? `${times < 10 ? times.toFixed(1) : Math.round(times)} times as much` : `${Math.abs(Math.round((by / before) * 100))}\u00a0% ${by > 0 ? "more" : "less"}`}`;
}
