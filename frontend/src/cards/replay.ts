/** Output printed once more, to a terminal that nobody sees, and where commands stand in it. */

import type { IMarker, Terminal } from "@xterm/xterm";
import { onEmptied, rowsOf } from "../console/rows";
import { readingOf } from "../core/same_rows";
import type { Card } from "../told";
import { followMarks, markRow } from "./rows_of_commands";

export interface Output {
  /** Offset of its first byte. */
  readonly first: number;
  readonly data: Uint8Array;
}

export type Wanted = Pick<Card, "id" | "start" | "kind">;

export interface Replayed {
  /** Of each command, its row. */
  readonly rows: ReadonlyMap<number, number>;
  /** Down to this row others were printed over. That is what a program meant, or the line editor, which went up rows that a
   * line took when it was typed and does not take here. */
  readonly unsure: number;
}

interface Begun {
  readonly id: number;
  readonly marker: IMarker;
  /** How its line read when it began; null where its output begins there. */
  readonly reading: string | null;
}

/** Print `output` and say where the commands stand. Those whose rows were cleared, or that a full-screen program ran, are left out. */
export async function rowsAt(term: Terminal, output: Output, wanted: readonly Wanted[]): Promise<Replayed> {
  let last: IMarker | null = null;
  const following = followMarks(term, (_at, marker) => { last = marker; });
  let all: Begun[] = [];
  const emptied = onEmptied(term, () => {
    last = null;
    all = [];
  });
  let from = 0;
  for (const { id, start, kind } of [...wanted].sort((a, b) => a.start - b.start)) {
    const to = start - output.first;
    if (to < from || to > output.data.length) continue;
    await write(term, output.data.subarray(from, to));
    from = to;
    const { type, baseY, cursorY } = term.buffer.active;
    const marker = kind === "run" ? markRow(term, baseY + cursorY) : (last as IMarker | null); // a run begins with no mark
    if (type !== "normal" || !marker || marker.isDisposed) continue;
    all.push({ id, marker, reading: kind === "run" ? null : readingOf(rowsOf(term), marker.line) });
  }
  await write(term, output.data.subarray(from));
  following.dispose();
  emptied.dispose();
  return standing(term, all);
}

/** Those that stand where they began: below all that began before them, and nothing was printed over them. */
function standing(term: Terminal, all: readonly Begun[]): Replayed {
  const rows = new Map<number, number>();
  if (term.buffer.active.type !== "normal") return { rows, unsure: 0 };
  let unsure = 0;
  let below = Number.POSITIVE_INFINITY;
  for (const { id, marker: { line, isDisposed }, reading } of [...all].reverse()) {
    if (isDisposed) continue;
    if (line >= below || (reading !== null && reading !== readingOf(rowsOf(term), line))) unsure = Math.max(unsure, Math.min(line, below));
    else rows.set(id, line);
    below = Math.min(below, line);
  }
  return { rows, unsure };
}

function write(term: Terminal, data: Uint8Array): Promise<void> {
  return new Promise((done) => term.write(data, done));
}
