/** The rows of a terminal for core/rows. */

import type { IBuffer, IBufferLine, IDisposable, Terminal } from "@xterm/xterm";
import type { Rows } from "../core/rows";

/** The rows of the buffer in front, or another one, as they are while nothing is written. */
export function rowsOf({ buffer, cols }: Terminal, active: IBuffer = buffer.active): Rows {
  const taken = (line: IBufferLine | undefined, column: number): boolean => {
    const cell = line?.getCell(column);
    return cell !== undefined && (cell.getWidth() === 0 || cell.getChars() !== "");
  };
  /** A row is marked as the end of the one above also after that was made shorter: only a full one goes on. */
  const continues = (row: number): boolean => {
    const line = active.getLine(row);
    const above = active.getLine(row - 1);
    if (!line?.isWrapped || !above) return false;
    return taken(above, cols - 1) || (taken(above, cols - 2) && line.getCell(0)?.getWidth() === 2);
  };
  return {
    length: active.length,
    text: (row) => active.getLine(row)?.translateToString(true) ?? "",
    continues,
  };
}

/** The text of a row up to a cell. Of a character that takes two cells either is the one. */
export function textBefore({ buffer: { active } }: Terminal, { row, column }: { readonly row: number; readonly column: number }): string {
  const line = active.getLine(row);
  const inTwo = column > 0 && line?.getCell(column)?.getWidth() === 0;
  return line?.translateToString(true, 0, inTwo ? column - 1 : column) ?? "";
}

/** The row and column of a terminal's buffer at a place of the window, within what is on the screen. */
export function cellAt(term: Terminal, x: number, y: number): { readonly row: number; readonly column: number } {
  const box = term.element?.querySelector(".xterm-screen")?.getBoundingClientRect();
  const cell = (at: number, from: number, size: number, count: number): number =>
    size > 0 ? Math.max(0, Math.min(count - 1, Math.floor(((at - from) / size) * count))) : 0;
  return {
    row: term.buffer.active.viewportY + cell(y, box?.top ?? 0, box?.height ?? 0, term.rows),
    column: cell(x, box?.left ?? 0, box?.width ?? 0, term.cols),
  };
}

/** Call `act` when a terminal is begun anew, for a snapshot or by its program. It forgets its markers then without disposing of
 * them, and they would go on naming rows. */
export function onEmptied(term: Terminal, act: () => void): IDisposable {
  return term.buffer.onBufferChange(({ type, baseY, cursorX, cursorY }) => {
    if (type === "normal" && baseY + cursorX + cursorY === 0) act(); // no program was left: its prompt would stand above
  });
}
