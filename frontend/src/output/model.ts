/** One view of a console's whole output, from opening to closing it. */

import { signal } from "@preact/signals";
import { giveKeys } from "../console/active";
import { consoleById } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { LogScroller } from "./scroller";
import { LogSource } from "./source";

export class OutputModel {
  readonly consoleId: string;
  readonly source: LogSource;
  readonly scroller: LogScroller;
  readonly searching = signal(false);
  #wanted: number | null;

  /** `wanted` is the offset to show first, null the end. */
  constructor(private readonly terminal: ConsoleTerminal, wanted: number | null) {
    this.consoleId = terminal.consoleId;
    this.source = new LogSource(this.consoleId);
    this.scroller = new LogScroller(this.source, () => consoleById(this.consoleId)?.state === "running");
    this.#wanted = wanted;
  }

  /** What to show when the view begins; once. */
  takeWanted(): number | null {
    const wanted = this.#wanted;
    this.#wanted = null;
    return wanted;
  }

  endSearch(): void {
    this.searching.value = false;
    this.scroller.focus();
  }

  /** Back to the terminal, which has the keys again. */
  close(): void {
    this.terminal.over.value = null;
    giveKeys(() => this.terminal);
  }
}
