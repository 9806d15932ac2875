/** The rows of a terminal in which commands began, by the marks that shells print around them. */

import type { IDisposable, IMarker, Terminal } from "@xterm/xterm";
import { markOf } from "../core/card_marks";
import { firstRow } from "../core/rows";
import { onEmptied, rowsOf } from "../console/rows";

const MARKS = 133;
/** A statement is at most so many rows above its output. */
const MOST_ROWS = 200;
const STATEMENT = /^In \[\d+\]: /;

/** Call `begun` for each mark of a beginning, its marker at the row of the prompt. Nobody knows yet whose marks they are. */
export function followMarks(term: Terminal, begun: (at: number | null, marker: IMarker) => void): IDisposable {
  let prompt: { id: string; marker: IMarker } | null = null;
  const emptied = onEmptied(term, () => { prompt = null; });
  const marks = term.parser.registerOscHandler(MARKS, (osc) => {
    const mark = markOf(osc);
    if (!mark || term.buffer.active.type !== "normal") return true;
    if (mark.what === "B") {
      prompt?.marker.dispose(); // printed anew, as after the screen was cleared
      prompt = { id: mark.id, marker: term.registerMarker(0) };
      return true;
    }
    const row = prompt?.id === mark.id && !prompt.marker.isDisposed ? prompt.marker.line : rowAbove(term);
    begun(mark.at, markRow(term, row));
    return true;
  });
  return { dispose: () => { marks.dispose(); emptied.dispose(); } };
}

/** A marker at a row of the buffer. */
export function markRow(term: Terminal, row: number): IMarker {
  const { baseY, cursorY } = term.buffer.active;
  return term.registerMarker(row - baseY - cursorY);
}

/** The line that was entered last, where no mark stands behind its prompt. */
function rowAbove(term: Terminal): number {
  const { active } = term.buffer;
  const above = Math.max(0, active.baseY + active.cursorY - 1);
  for (let row = above; row >= Math.max(0, above - MOST_ROWS); row -= 1) {
    if (STATEMENT.test(active.getLine(row)?.translateToString(true) ?? "")) return row;
  }
  return firstRow(rowsOf(term), above);
}
