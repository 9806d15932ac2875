/** How many cells a character takes: as the keeper's screen engine counts, so that a screen that is
 * rebuilt from a snapshot looks as it did while it was printed. */

import type { IUnicodeVersionProvider } from "@xterm/xterm";
import { LENGTHS, WIDTHS } from "./width-table";

type Cells = 0 | 1 | 2;

/** Beyond this only rare scripts and unassigned planes follow: looked up run by run. */
const TABLE_SIZE = 0x20000;

/** One for all terminals, made with the first. */
const table = new Uint8Array(TABLE_SIZE);
/** Runs that end beyond the table: [first code point after the run, width]. */
const beyond: [number, Cells][] = [];

function unpack(): void {
  let start = 0;
  LENGTHS.trimEnd().split(" ").forEach((length, index) => {
    const end = start + Number.parseInt(length, 36);
    const cells = Number(WIDTHS[index]) as Cells;
    table.fill(cells, start, end);
    if (end > TABLE_SIZE) beyond.push([end, cells]);
    start = end;
  });
}

export class EngineWidths implements IUnicodeVersionProvider {
  readonly version = "engine";

  constructor() {
    if (beyond.length === 0) unpack();
  }

  wcwidth(codepoint: number): Cells {
    if (codepoint < TABLE_SIZE) return table[codepoint] as Cells;
    return beyond.find(([end]) => codepoint < end)?.[1] ?? 1;
  }

  /** Width, and whether the character joins the one before it; `preceding` is that one's value. The
   * packing is that of xterm.js' UnicodeService, whose release is pinned. */
  charProperties(codepoint: number, preceding: number): number {
    const width = this.wcwidth(codepoint);
    const before = (preceding >> 1) & 3;
    const joins = width === 0 && before > 0;
    return ((joins ? before : width) << 1) | Number(joins);
  }
}
