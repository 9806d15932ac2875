/** The place of a command in a terminal: a row, as long as the line there reads as it did when the command stood in it. */

import type { IMarker, Terminal } from "@xterm/xterm";
import { rowsOf } from "../console/rows";
import { readingOf } from "../core/same_rows";

export class Standing {
  /** Null where the command's output begins, which may be printed over. */
  readonly #reading: string | null;

  constructor(private readonly term: Terminal, readonly marker: IMarker, firm = true) {
    this.#reading = firm ? this.#read() : null;
  }

  /** Where its marker went; negative when that row is gone. */
  get row(): number {
    return this.marker.isDisposed ? -1 : this.marker.line;
  }

  /** Whether its row is held, and nothing was printed over it. */
  get holds(): boolean {
    return this.row >= 0 && (this.#reading === null || this.#reading === this.#read());
  }

  #read(): string {
    return readingOf(rowsOf(this.term, this.term.buffer.normal), this.row);
  }

  dispose(): void {
    this.marker.dispose();
  }
}
