/** Showing lines of the log where the terminal still holds them. */

import type { IDecoration, IMarker } from "@xterm/xterm";
import { rowOfLines } from "../core/find_lines";
import { linesOf } from "../core/log_lines";
import { readColours } from "../console/colours";
import { rowsOf } from "../console/rows";
import type { ConsoleTerminal } from "../console/terminal";
import { LogSource } from "./source";

/** So many lines from the offset on must agree. */
const LINES = 6;
const MOST_BYTES = 4096;
const MARKED_MS = 20_000;

let mark: { marker: IMarker; line: IDecoration | undefined } | null = null;

/** Scroll to the line at an offset and mark it for a while. Returns false where the terminal does not hold it, or holds the
 * like of it more than once. Throws ApiError. */
export async function showInScrollback(terminal: ConsoleTerminal, offset: number): Promise<boolean> {
  const { term, channel } = terminal;
  if (channel?.state.peek() !== "live" || term.buffer.active.type !== "normal") return false;
  const part = await new LogSource(terminal.consoleId).part(offset, { bytes: MOST_BYTES }, AbortSignal.timeout(5000));
  if (part.cutStart || part.first > offset) return false;
  const { lines } = linesOf(part.data, part.first);
  const whole = lines.slice(0, part.end < part.head ? -1 : lines.length).slice(0, LINES);
  const row = rowOfLines(rowsOf(term), whole.map(({ runs }) => runs.map(({ text }) => text).join("")));
  if (row === null || whole.length === 0) return false;
  const { baseY, cursorY } = term.buffer.active;
  term.scrollToLine(Math.max(0, row - Math.floor(term.rows / 4)));
  unmark();
  const marker = term.registerMarker(row - baseY - cursorY);
  const line = term.registerDecoration({ marker, width: term.cols, backgroundColor: readColours().xterm.selectionBackground ?? "" });
  const own = (mark = { marker, line });
  setTimeout(() => mark === own && unmark(), MARKED_MS);
  return true;
}

function unmark(): void {
  mark?.line?.dispose();
  mark?.marker.dispose();
  mark = null;
}
