/** Lines of one terminal found among the rows of another one that was given the same output. */

import { firstRow, type Rows } from "./rows";

/** So many rows of a line before and from a row on say how it reads: one may be as long as all that a terminal holds. */
const MOST_ROWS = 64;

/** How the line reads that has this row, without blanks: where it is broken elsewhere there are others at its rows' ends. */
export function readingOf(rows: Rows, row: number): string {
  let first = row;
  while (first > Math.max(0, row - MOST_ROWS) && rows.continues(first)) first -= 1;
  let text = "";
  for (let at = first; at === first || (at < Math.min(rows.length, row + MOST_ROWS) && rows.continues(at)); at += 1) text += rows.text(at);
  return text.replaceAll(/\s+/gu, "");
}

/** Rows, and the one in which the cursor stood after the same byte. */
export interface Ended {
  readonly rows: Rows;
  readonly cursor: number;
}

/** The rows in `here` of those rows of `copy` that are `wanted`, where both break lines alike. A line is the same where all between
 * it and the cursor reads the same, or where there is only one that reads like it on either side. Above `unsure`, a row of the
 * copy, the first says nothing: rows may have been lost there, and of commands that read alike each would be taken for its neighbour. */
export function sameRows(copy: Ended, here: Ended, wanted: readonly number[], unsure: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const alike = agreeing(copy, here, unsure);
  let single: [Map<string, number>, Map<string, number>] | null = null;
  for (const row of wanted) {
    const first = firstRow(copy.rows, row);
    let other = alike.get(first);
    if (other === undefined) {
      single ??= [singles(copy.rows), singles(here.rows)];
      const text = readingOf(copy.rows, row);
      other = single[0].get(text) === first ? single[1].get(text) : undefined;
    }
    if (other !== undefined && other >= 0) found.set(row, other + row - first);
  }
  return found;
}

/** From the cursor up, as long as lines read the same: where each begins, there and here. */
function agreeing(copy: Ended, here: Ended, unsure: number): Map<number, number> {
  const found = new Map<number, number>();
  let there = firstRow(copy.rows, copy.cursor);
  let row = firstRow(here.rows, here.cursor);
  const same = (): boolean => {
    const alike = readingOf(copy.rows, there) === readingOf(here.rows, row);
    if (alike) found.set(there, row);
    return alike;
  };
  same(); // the cursor's own may have gone on
  while (there > Math.max(0, unsure) && row > 0) {
    there = firstRow(copy.rows, there - 1);
    row = firstRow(here.rows, row - 1);
    if (!same()) break;
  }
  return found;
}

/** Lines by how they read, and where each begins; -1 where several read like that. */
function singles(rows: Rows): Map<string, number> {
  const found = new Map<string, number>();
  for (let row = 0; row < rows.length; ) {
    const reading = readingOf(rows, row);
    if (reading !== "") found.set(reading, found.has(reading) ? -1 : row);
    row += 1;
    while (row < rows.length && rows.continues(row)) row += 1;
  }
  return found;
}
