/** Rows of a terminal put together again to the lines that were printed: for copying, and for finding a line again. */

/** The rows that a terminal holds, 0 the oldest. */
export interface Rows {
  readonly length: number;
  /** Its text, blanks at the end included where the row is full. */
  text(row: number): string;
  /** Whether it goes on with the line of the row above. */
  continues(row: number): boolean;
}

/** A line as it was printed, without blanks at its end. */
export interface Line {
  readonly text: string;
  readonly row: number;
  /** The first row below it. */
  readonly next: number;
}

/** The row with which the line at `row` begins. */
export function firstRow(rows: Rows, row: number): number {
  let first = row;
  while (first > 0 && rows.continues(first)) first -= 1;
  return first;
}

/** The line that begins at `row`. */
export function lineAt(rows: Rows, row: number): Line {
  let text = rows.text(row);
  let next = row + 1;
  for (; next < rows.length && rows.continues(next); next += 1) text += rows.text(next);
  return { text: text.trimEnd(), row, next };
}

/** Where somebody reads, as fingerprints of lines: no text is kept. */
export interface Place {
  readonly marks: readonly number[];
  /** Rows between the one at the top and the first line that is marked. */
  readonly skipped: number;
}

const MARKED_LINES = 8;

/** Where `top` is, the row at the upper edge; null where only blank lines follow. */
export function placeOf(rows: Rows, top: number): Place | null {
  let row = firstRow(rows, top);
  while (row < rows.length && lineAt(rows, row).text === "") row += 1;
  if (row >= rows.length) return null;
  const skipped = row - top;
  const marks: number[] = [];
  while (marks.length < MARKED_LINES && row < rows.length) {
    const line = lineAt(rows, row);
    marks.push(fingerprint(line.text));
    row = line.next;
  }
  return { marks, skipped };
}

/** The row at the top for that place among other rows: where most lines in a row agree, the newest of equals; null when
 * its first line is not there. */
export function findPlace(rows: Rows, { marks, skipped }: Place): number | null {
  let best = 0;
  let found: number | null = null;
  for (let row = rows.length - 1; row >= 0; row -= 1) {
    if (rows.continues(row)) continue;
    const alike = agreeing(rows, row, marks);
    if (alike <= best) continue;
    best = alike;
    found = row;
    if (best === marks.length) break;
  }
  return found === null ? null : Math.max(0, found - skipped);
}

function agreeing(rows: Rows, from: number, marks: readonly number[]): number {
  let row = from;
  for (const [index, mark] of marks.entries()) {
    if (row >= rows.length) return index;
    const line = lineAt(rows, row);
    if (fingerprint(line.text) !== mark) return index;
    row = line.next;
  }
  return marks.length;
}

/** FNV-1a, 32 bits. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
