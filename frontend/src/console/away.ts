/** Coming back to a terminal: a thin line where reading stopped, until the next key. */

import { signal, type Signal } from "@preact/signals";
import type { IDecoration, IDisposable, IMarker, Terminal } from "@xterm/xterm";
import { rowWhereReadingStopped } from "../core/away";
import type { Away } from "../told";

/** So long a change of the grid counts as brought by the tap. */
const SETTLE_MS = 2000;

export class ComingBack {
  /** What was missed; null when there is nothing to say (any more). */
  readonly missed: Signal<Away | null> = signal(null);
  /** Whether the lines can be counted on this screen, and gone to. */
  readonly counted: Signal<boolean> = signal(false);
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
    const cursor = active.baseY + active.cursorY;
    const row = rowWhereReadingStopped(cursor, away.lines, (at) => active.getLine(at)?.isWrapped ?? false);
    this.#marker = this.term.registerMarker(row - cursor);
    this.#line = this.term.registerDecoration({ marker: this.#marker, width: this.term.cols, layer: "top" });
    this.#line?.onRender((element) => element.classList.add("console-away-line"));
  }

  /** Scroll to the line, which stays until the next key. */
  go(): void {
    this.missed.value = null;
    const marker = this.#marker;
    if (!marker || marker.isDisposed) return;
    const scroll = (): void => {
      if (!marker.isDisposed) this.term.scrollToLine(Math.max(0, marker.line - 1));
    };
    scroll();
    // The tap may bring this device's grid: what was scrolled to moves with the rows above it.
    this.#resized?.dispose();
    const resized = this.term.onResize(scroll);
    this.#resized = resized;
    setTimeout(() => resized.dispose(), SETTLE_MS);
  }

  /** A key was pressed: reading goes on here. */
  clear(): void {
    this.missed.value = null;
    this.#resized?.dispose();
    this.#line?.dispose();
    this.#marker?.dispose();
    this.#line = this.#marker = undefined;
  }
}
