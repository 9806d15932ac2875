/** What a terminal holds as plain text to select from: wrapped rows joined, blanks at line ends gone. */

import { firstRow, type Line, lineAt, type Rows } from "./rows";

export const MAX_LINES = 2000;
/** In UTF-16 units, of 2 bytes each. */
const MAX_CHARS = 256 * 1024;

export interface CopyText {
  readonly text: string;
  /** Where in `text` the wanted cell is. */
  readonly at: number;
  /** Whether older, or newer, lines are held and not in `text`. */
  readonly older: boolean;
  readonly newer: boolean;
}

/** At most MAX_LINES rows, the newest ones, or those around the wanted one where it is not among these. `before` is the text of
 * that row up to the wanted cell. */
export function copyText(rows: Rows, wanted: number, before: string): CopyText {
  const row = Math.min(Math.max(0, wanted), Math.max(0, rows.length - 1));
  const from = firstRow(rows, Math.max(0, Math.min(rows.length - MAX_LINES, row - MAX_LINES / 2)));
  const all: Line[] = [];
  for (let at = from; at < Math.min(rows.length, from + MAX_LINES); ) {
    const line = lineAt(rows, at);
    all.push(line);
    at = line.next;
  }
  const newer = (all.at(-1)?.next ?? 0) < rows.length;
  while (!newer && all.at(-1)?.text === "") all.pop(); // the empty rest of the screen
  const { lines, cutBefore, cutAfter } = bounded(all, row);
  const target = lines.findIndex(({ next }) => row < next);
  const texts = lines.map(({ text }) => text);
  const text = texts.join("\n");
  const line = lines[target];
  if (!line) return { text, at: text.length, older: from > 0 || cutBefore, newer: newer || cutAfter };
  let inLine = before.length;
  for (let above = line.row; above < row; above += 1) inLine += rows.text(above).length;
  const at = texts.slice(0, target).reduce((sum, { length }) => sum + length + 1, 0) + Math.min(inLine, line.text.length);
  return { text, at, older: from > 0 || cutBefore, newer: newer || cutAfter };
}

/** What may be held of `lines`, of the row that is wanted at least the beginning. */
function bounded(lines: readonly Line[], row: number): { lines: Line[]; cutBefore: boolean; cutAfter: boolean } {
  let chars = lines.reduce((sum, { text }) => sum + text.length + 1, 0);
  let first = 0;
  let end = lines.length;
  const drop = (line: Line | undefined): void => {
    chars -= (line?.text.length ?? 0) + 1;
  };
  while (chars > MAX_CHARS && (lines[first]?.next ?? Infinity) <= row) drop(lines[first++]);
  while (chars > MAX_CHARS && end - first > 1) drop(lines[--end]);
  const kept = lines.slice(first, end);
  const cut = kept.map((line) => (line.text.length > MAX_CHARS ? { ...line, text: line.text.slice(0, MAX_CHARS) } : line));
  return { lines: cut, cutBefore: first > 0, cutAfter: end < lines.length };
}

/** What stands in the rows from `row` on. */
export function textFrom(rows: Rows, row: number): string {
  const texts: string[] = [];
  let chars = 0;
  for (let at = row; at < rows.length && chars <= MAX_CHARS; ) {
    const line = lineAt(rows, at);
    texts.push(line.text);
    chars += line.text.length + 1;
    at = line.next;
  }
  return texts.join("\n").slice(0, MAX_CHARS).trimEnd();
}

/** The word around `at`, from and to; empty on a blank. Brackets and marks around it do not belong to it. */
export function wordAt(text: string, at: number): readonly [number, number] {
  const isBlank = (index: number): boolean => /^\s?$/.test(text[index] ?? "");
  if (isBlank(at)) return [at, at];
  let from = at;
  let to = at + 1;
  while (!isBlank(from - 1)) from -= 1;
  while (!isBlank(to)) to += 1;
  while (from < at && /["'`([{<|]/.test(text[from] ?? "")) from += 1;
  while (to > at + 1 && /["'`)\]}>|,;:.!?]/.test(text[to - 1] ?? "")) to -= 1;
  return [from, to];
}

/** The first web or mail address in `text`, null where there is none. */
export function addressIn(text: string): string | null {
  const found = /\b(?:https?:\/\/|mailto:)[^\s"'`<>]+/i.exec(text)?.[0];
  return found ? found.replace(/[)\]},;:.!?]+$/, "") : null;
}
