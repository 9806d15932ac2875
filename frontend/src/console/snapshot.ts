/** A snapshot on its way to a terminal, which parses what it is given at a time in one task: in pieces, so that keys and
 * fingers are heard between them. */

import type { Terminal } from "@xterm/xterm";

/** Takes a slow tablet some 20 ms. */
export const PIECE_BYTES = 16 * 1024;

/** Write `data`; `parsed` is called when all of it is. */
export function writeSnapshot(term: Pick<Terminal, "write">, data: Uint8Array, parsed: () => void): void {
  let at = 0;
  for (; at + PIECE_BYTES < data.length; at += PIECE_BYTES) term.write(data.subarray(at, at + PIECE_BYTES));
  term.write(data.subarray(at), parsed);
}
