/** Where in a terminal there is room beside what was printed. */

import type { Terminal } from "@xterm/xterm";

/** What was typed goes on in so many rows at most, on the narrowest screen: beyond nobody looks. */
const MOST_ROWS = 8;

/** The first row whose cells [from, to) are blank: of those in which the command goes on that was typed at `row`, and the one below
 * them, where its output begins. Null where there is none. */
export function freeRow({ buffer: { normal } }: Pick<Terminal, "buffer">, row: number, from: number, to: number): number | null {
  const isFree = (at: number): boolean => {
    const line = normal.getLine(at);
    for (let column = from; column < to; column += 1) {
      const cell = line?.getCell(column);
      // The second half of a wide character is a cell without a width.
      if (cell && (cell.getWidth() === 0 || cell.getChars().trim() !== "")) return false;
    }
    return line !== undefined;
  };
  for (let at = row; at < row + MOST_ROWS; at += 1) {
    if (isFree(at)) return at;
    if (at > row && !normal.getLine(at)?.isWrapped) return null;
  }
  return null;
}
