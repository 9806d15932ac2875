/** The rows of a terminal whose program has ended. Nobody draws on that grid any more, so the terminal takes
 * the height of its pane: what does not fit goes above, where it can be scrolled to. The width stays, or
 * lines would break elsewhere, until a person wants just that. */

import type { Terminal } from "@xterm/xterm";
import { Limit } from "../wire";

/** Give the terminal as many of the grid's `rows` as `height` CSS pixels hold, and lines of `cols` unless a full-screen
 * program drew them: they would be cut. */
export function fitEnded(term: Terminal, cols: number, rows: number, height: number): void {
  if (term.buffer.active.type === "normal" && cols !== term.cols) term.resize(cols, term.rows);
  const drawn = term.element?.querySelector<HTMLElement>(".xterm-screen")?.offsetHeight ?? 0;
  if (drawn === 0) return;
  const fitting = Math.floor(height / (drawn / term.rows));
  const fewer = Math.min(rows, Math.max(fitting, Limit.MIN_ROWS));
  if (fewer < term.rows && !mayShrink(term)) return;
  if (fewer !== term.rows) term.resize(term.cols, fewer);
}

/** xterm drops what stands below the cursor before it moves anything up, and has nothing above the screen of
 * a full-screen program. */
function mayShrink({ buffer: { active }, rows }: Terminal): boolean {
  if (active.type !== "normal") return false;
  for (let row = active.cursorY + 1; row < rows; row += 1) {
    if (active.getLine(active.baseY + row)?.translateToString(true)) return false;
  }
  return true;
}
