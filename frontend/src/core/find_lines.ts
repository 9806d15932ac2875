/** Lines of a log found again among the rows of a terminal, which knows no offsets. */

import { lineAt, type Rows } from "./rows";

/** The row where these lines stand one below the other; null where they stand nowhere, or more than once: then nobody knows
 * which are meant. Blanks at line ends do not count. */
export function rowOfLines(rows: Rows, lines: readonly string[]): number | null {
  const wanted = lines.map((line) => line.trimEnd());
  if (wanted.every((line) => line === "")) return null;
  let found: number | null = null;
  for (let row = 0; row < rows.length; ) {
    const line = lineAt(rows, row);
    if (line.text === wanted[0] && follow(rows, line.next, wanted)) {
      if (found !== null) return null;
      found = row;
    }
    row = line.next;
  }
  return found;
}

function follow(rows: Rows, from: number, wanted: readonly string[]): boolean {
  let row = from;
  for (const text of wanted.slice(1)) {
    if (row >= rows.length) return false;
    const line = lineAt(rows, row);
    if (line.text !== text) return false;
    row = line.next;
  }
  return true;
}

export interface LinkedLines {
  readonly console: string;
  readonly at: number | null;
  readonly epoch: string | null;
  /** The command that ended there. */
  readonly card: number | null;
}

/** What `#console=<id>&at=<offset>&epoch=<epoch>&card=<id>` asks for; null where it is no such link. */
export function linkedLines(params: { get(name: string): string | null }): LinkedLines | null {
  const id = params.get("console") ?? "";
  const at = params.get("at");
  const card = params.get("card");
  if (!/^[\w-]{1,64}$/.test(id) || (at !== null && !/^\d{1,15}$/.test(at))) return null;
  return { console: id, at: at === null ? null : Number(at), epoch: params.get("epoch"), card: card && /^\d{1,15}$/.test(card) ? Number(card) : null };
}
