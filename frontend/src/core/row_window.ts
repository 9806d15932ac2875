/** Which rows of a long list are made: those in sight, some above and below them, and the one that the keyboard is on. */

/** Made beyond what is in sight, so that a quick finger rarely comes to rows that are not there yet. */
const SPARE_ROWS = 30;

export interface Made {
  readonly index: number;
  /** How many rows before it are not made. */
  readonly gap: number;
}

/** The rows to make of `count`, where `top` is the first in sight and `visible` fit on a screen; `kept` is made wherever it is. */
export function madeRows(count: number, top: number, visible: number, kept: number): Made[] {
  const from = Math.max(0, Math.min(top, count - visible) - SPARE_ROWS);
  const to = Math.min(count, from + visible + 2 * SPARE_ROWS);
  const indices = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  if (kept >= 0 && kept < from) indices.unshift(kept);
  if (kept >= to && kept < count) indices.push(kept);
  return indices.map((index, at) => ({ index, gap: index - (indices[at - 1] ?? -1) - 1 }));
}
