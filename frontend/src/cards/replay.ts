/** Output printed once more, to a terminal that nobody sees, and where commands stand in it. */

import type { IMarker, Terminal } from "@xterm/xterm";
import { onEmptied } from "../console/rows";
import type { Card } from "../told";
import { followMarks, markRow } from "./rows_of_commands";

export interface Output {
  /** Offset of its first byte. */
  readonly first: number;
  readonly data: Uint8Array;
}

export type Wanted = Pick<Card, "id" | "start" | "kind">;

/** How far above the row of the cursor, by card, and what stands there. */
export type Rows = ReadonlyMap<number, { readonly above: number; readonly text: string }>;

/** Print `output` and say where the commands stand. Those whose rows were cleared, or that a full-screen program ran, are left out. */
export async function rowsAt(term: Terminal, output: Output, wanted: readonly Wanted[]): Promise<Rows> {
  let last: IMarker | null = null;
  const following = followMarks(term, (_at, marker) => { last = marker; });
  const markers = new Map<number, IMarker>();
  const emptied = onEmptied(term, () => {
    last = null;
    markers.clear();
  });
  let from = 0;
  for (const { id, start, kind } of [...wanted].sort((a, b) => a.start - b.start)) {
    const to = start - output.first;
    if (to < from || to > output.data.length) continue;
    await write(term, output.data.subarray(from, to));
    from = to;
    const { type, baseY, cursorY } = term.buffer.active;
    const marker = kind === "run" ? markRow(term, baseY + cursorY) : (last as IMarker | null); // a run begins with no mark
    if (type === "normal" && marker) markers.set(id, marker);
  }
  await write(term, output.data.subarray(from));
  following.dispose();
  emptied.dispose();
  const { baseY, cursorY } = term.buffer.normal;
  const alive = [...markers].filter(([, { isDisposed }]) => !isDisposed);
  return new Map(alive.map(([id, { line }]) => [id, { above: baseY + cursorY - line, text: textOf(term, line) }]));
}

export function textOf({ buffer: { normal } }: Terminal, row: number): string {
  return normal.getLine(row)?.translateToString(true).trimEnd() ?? "";
}

function write(term: Terminal, data: Uint8Array): Promise<void> {
  return new Promise((done) => term.write(data, done));
}
