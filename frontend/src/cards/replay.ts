/** Output printed once more, to a terminal that nobody sees, and where commands stand in it. */

import type { IMarker, Terminal } from "@xterm/xterm";
import { onEmptied, rowsOf } from "../console/rows";
import { readingOf } from "../core/same_rows";
import type { Size } from "../output/source";
import type { Card } from "../told";
import { followMarks, markRow } from "./rows_of_commands";

export interface Output {
  /** Offset of its first byte. */
  readonly first: number;
  readonly data: Uint8Array;
  /** In what grid it was printed, the oldest first; before the first one in that of the terminal. */
  readonly sizes: readonly Size[];
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
  const printing = new Printing(term, output);
  for (const { id, start, kind } of [...wanted].sort((a, b) => a.start - b.start)) {
    if (start < output.first || start > output.first + output.data.length) continue;
    await printing.to(start);
    const { type, baseY, cursorY } = term.buffer.active;
    const marker = kind === "run" ? markRow(term, baseY + cursorY) : (last as IMarker | null); // a run begins with no mark
    if (type !== "normal" || !marker || marker.isDisposed) continue;
    all.push({ id, marker, reading: kind === "run" ? null : readingOf(rowsOf(term), marker.line) });
  }
  await printing.to(output.first + output.data.length);
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

/** How far output is printed. The grid changes just where it did. */
class Printing {
  #at: number;
  #size = 0;

  constructor(private readonly term: Terminal, private readonly output: Output) {
    this.#at = output.first;
  }

  async to(end: number): Promise<void> {
    for (let size = this.output.sizes[this.#size]; size && size[0] <= end; size = this.output.sizes[this.#size]) {
      this.#size += 1;
      await this.#write(size[0]);
      this.term.resize(size[1], size[2]);
    }
    await this.#write(end);
  }

  #write(end: number): Promise<void> {
    const { first, data } = this.output;
    const piece = data.subarray(this.#at - first, Math.max(this.#at, end) - first);
    this.#at = Math.max(this.#at, end);
    return new Promise((done) => this.term.write(piece, done));
  }
}
