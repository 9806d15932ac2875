/**
 * Where commands stand whose beginning a terminal has not seen, because it was rebuilt from a snapshot, or because the marks came
 * later than the first command: the newest output is printed once more out of sight, in the grids that it was printed in and at last
 * in the one here. Its rows are those here as far as both read the same (core/same_rows).
 */

import { type IMarker, Terminal } from "@xterm/xterm";
import type { ConsoleTerminal } from "../console/terminal";
import { onEmptied, rowsOf } from "../console/rows";
import { EngineWidths } from "../console/widths";
import { type Ended, sameRows } from "../core/same_rows";
import { LogSource, type Size } from "../output/source";
import { type Output, rowsAt, type Wanted } from "./replay";
import { markRow } from "./rows_of_commands";

/** Commands further back get no mark. */
const MAX_BYTES = 512 * 1024;
const PART_BYTES = 256 * 1024;
/** What stands before a command's output: its prompt and its mark. */
const BEFORE_BYTES = 16 * 1024;
const TIME_LIMIT_MS = 20_000;

/** Markers at the rows of those commands that are found. Throws ApiError. */
export async function findCommands(terminal: ConsoleTerminal, cards: readonly Wanted[]): Promise<ReadonlyMap<number, IMarker>> {
  const found = new Map<number, IMarker>();
  const { term, channel } = terminal;
  if (channel?.state.peek() !== "live" || term.buffer.active.type !== "normal") return found;
  const head = channel.parsed;
  const wanted = cards.filter(({ start }) => start <= head && start > head - MAX_BYTES);
  if (wanted.length === 0) return found;
  const { cols, rows: height } = term;
  const here = term.registerMarker(0); // the row of the cursor at `head`, wherever it goes meanwhile
  const emptied = onEmptied(term, () => here.dispose());
  let copy: Terminal | undefined;
  try {
    const first = Math.max(0, Math.min(...wanted.map(({ start }) => start)) - BEFORE_BYTES);
    const source = new LogSource(terminal.consoleId);
    const [output, known] = await Promise.all([outputOf(source, first, head), source.sizes(first)]);
    const sizes: readonly Size[] = [...known.filter(([at]) => at <= head), [head, cols, height]];
    copy = unseen(term, sizes.findLast(([at]) => at <= Math.max(first, output.first)), output.first === 0);
    const { rows, unsure } = await rowsAt(copy, { ...output, sizes }, wanted);
    if (!here.isDisposed && term.cols === cols && term.buffer.active.type === "normal") {
      const same = sameRows(ended(copy), { rows: rowsOf(term), cursor: here.line }, [...rows.values()], unsure);
      for (const [id, row] of rows) if (same.has(row)) found.set(id, markRow(term, same.get(row) as number));
    }
    return found;
  } finally {
    copy?.dispose();
    emptied.dispose();
    here.dispose();
  }
}

function ended(term: Terminal): Ended {
  const { baseY, cursorY } = term.buffer.active;
  return { rows: rowsOf(term), cursor: baseY + cursorY };
}

/** What was printed from about `from` to `to`, without what lies before a gap. */
async function outputOf(source: LogSource, from: number, to: number): Promise<Omit<Output, "sizes">> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let first = from;
  for (let at = first; at < to; ) {
    const part = await source.part(at, { bytes: PART_BYTES, exact: parts.length > 0, raw: true }, signal);
    if (part.end <= at) break;
    if (parts.length === 0 || part.first > at) {
      parts = [];
      first = part.first;
    }
    parts.push(part.data.subarray(0, Math.max(0, to - part.first)));
    at = part.end;
  }
  return { first, data: new Uint8Array(await new Blob(parts).arrayBuffer()) };
}

/** A terminal like `term`, in the grid of the `then` where that is known. Output from the middle of a log was printed at the lower edge. */
function unseen({ cols, rows, options }: Terminal, then: Size | undefined, wholeLog: boolean): Terminal {
  const term = new Terminal({ cols: then?.[1] ?? cols, rows: then?.[2] ?? rows, scrollback: options.scrollback ?? 0, allowProposedApi: true });
  term.unicode.register(new EngineWidths());
  term.unicode.activeVersion = "engine";
  if (!wholeLog) term.write("\r\n".repeat(term.rows - 1));
  return term;
}
