/** Coming back to a terminal: a thin line where reading stopped, until the next key. */

import { signal, type Signal } from "@preact/signals";
import type { IDecoration, IDisposable, IMarker, Terminal } from "@xterm/xterm";
import { type Stopped, whereReadingStopped } from "../core/away";
import type { Away } from "../told";

/** So long a change of the grid counts as brought by the tap. */
const SETTLE_MS = 2000;

export class ComingBack {
  /** What was missed; null when there is nothing to say (any more). */
  readonly missed: Signal<Away | null> = signal(null);
  /** Whether the lines can be counted on this screen, and gone to. */
  readonly counted: Signal<boolean> = signal(false);
  /** After the tap: how many of the lines lie above all that the terminal holds. */
  readonly above: Signal<{ readonly lines: number; readonly more: boolean } | null> = signal(null);
  /** Where the cursor was when all of it was there: lines are counted upwards from it. */
  #end: IMarker | undefined;
  #marker: IMarker | undefined;
  #line: IDecoration | undefined;
  #resized: IDisposable | undefined;

  constructor(private readonly term: Terminal) {}

  /** Everything up to `away.head` is on the screen. */
  show(away: Away): void {
    this.clear();
    const { active } = this.term.buffer;
    this.missed.value = away;
    this.counted.value = active.type === "normal"; // a full-screen program prints no lines
    if (!this.counted.value || away.lines === 0) return;
    this.#end = this.term.registerMarker(0);
    const { row, above } = this.#stopped(away);
    if (above > 0) return;
    this.#marker = this.term.registerMarker(row - active.baseY - active.cursorY);
    this.#line = this.term.registerDecoration({ marker: this.#marker, width: this.term.cols, layer: "top" });
    this.#line?.onRender((element) => element.classList.add("console-away-line"));
  }

  /** Scroll to the line, which stays until the next key; or to the oldest one, where that is gone. */
  go(): void {
    const away = this.missed.value;
    this.missed.value = null;
    if (!away || !this.#end) return;
    const { above } = this.#stopped(away);
    this.above.value = above > 0 ? { lines: above, more: away.more || this.#end.isDisposed } : null;
    const scroll = (): void => this.term.scrollToLine(Math.max(0, this.#stopped(away).row - 1));
    scroll();
    // The tap may bring this device's grid: what was scrolled to moves with the rows above it.
    this.#resized?.dispose();
    const resized = this.term.onResize(scroll);
    this.#resized = resized;
    setTimeout(() => resized.dispose(), SETTLE_MS);
  }

  /** A key was pressed: reading goes on here. */
  clear(): void {
    this.missed.value = this.above.value = null;
    this.#resized?.dispose();
    this.#line?.dispose();
    this.#marker?.dispose();
    this.#end?.dispose();
    this.#line = this.#marker = this.#end = undefined;
  }

  #stopped({ lines }: Away): Stopped {
    if (!this.#end || this.#end.isDisposed) return { row: 0, above: lines };
    const { normal } = this.term.buffer;
    return whereReadingStopped(this.#end.line, lines, (at) => normal.getLine(at)?.isWrapped ?? false);
  }
}
