/** The blocks of a log that are made, in their order and without anything between them but what is missing. */

import type { Style } from "../core/sgr";
import type { Bytes } from "../core/log_scroll";
import { type Block, blockOf, gapRow, lineAt, Paint, repaint } from "./block";
import type { Part } from "./source";

/** Pixels a byte, before anything was measured: a line of 60 bytes. */
const USUAL_DENSITY = 0.33;
/** Fewer tell little. */
const MEASURED_BYTES = 4096;

/** A line in pixels from the top of the first block. */
export interface Placed {
  readonly offset: number;
  readonly end: number;
  readonly top: number;
  readonly at: number | null;
}

const isEmpty = ({ first, end }: Bytes): boolean => end <= first;

export class Blocks {
  #all: Block[] = [];
  #paint = new Paint();
  #density = USUAL_DENSITY;
  #marked = -1;
  #range: Bytes | null = null;

  constructor(private readonly home: HTMLElement) {}

  get empty(): boolean {
    return this.#all.length === 0;
  }

  get first(): number {
    return this.#all[0]?.first ?? 0;
  }

  get end(): number {
    return this.#all.at(-1)?.end ?? 0;
  }

  /** Where to go on: the last line again where it is not finished. */
  get openEnd(): number {
    const last = this.#all.at(-1);
    const line = last?.lines.at(-1);
    return last?.open && line ? line.first : this.end;
  }

  get height(): number {
    return this.home.getBoundingClientRect().height;
  }

  /** Pixels a byte, as measured. */
  get density(): number {
    const bytes = this.#all.reduce((sum, { first, end }) => sum + end - first, 0);
    const density = bytes > MEASURED_BYTES ? Math.max(0.001, this.height / bytes) : this.#density;
    // Far down a page no height is exact: what is nearly the same is the same.
    if (Math.abs(density - this.#density) > this.#density / 10) this.#density = density;
    return this.#density;
  }

  clear(): void {
    this.#all = [];
    this.home.replaceChildren();
  }

  /** Put a part before the others, or behind them; `last` takes its last lines where it has too many. */
  add(part: Part, style: Style, last: boolean): void {
    const block = blockOf(part, style, last, this.#paint);
    const before = last && this.#all.length > 0;
    const after = before ? this.#all[0] : undefined;
    if (after && block.end < after.first) after.element.prepend(gapRow(after.first - block.end, false));
    if (block.first === part.oldest && part.oldest > 0) block.element.prepend(gapRow(part.oldest, true));
    if (before) {
      this.#all.unshift(block);
      this.home.prepend(block.element);
    } else {
      const end = this.end;
      if (this.#all.length > 0 && block.first > end) block.element.prepend(gapRow(block.first - end, false));
      this.#all.push(block);
      this.home.append(block.element);
    }
    if (this.#range && isEmpty(this.#range)) this.markRange(this.#range);
    else this.#showRange(block);
    this.#show();
  }

  /** Go on with a part that begins at `openEnd`, or after a gap. */
  goOn(part: Part): void {
    const last = this.#all.at(-1);
    if (!last || part.end <= part.first || part.end <= this.end) return;
    const again = part.first === this.openEnd && part.first < last.end;
    if (again) this.#shorten(last);
    this.add(part, this.#all.at(-1)?.style ?? last.style, false);
  }

  /** Take away blocks that end above `px`; returns their height. */
  trimBefore(px: number): number {
    let gone = 0;
    for (;;) {
      const [block, next] = this.#all;
      if (!block || !next) return gone;
      const { height } = block.element.getBoundingClientRect();
      if (gone + height > px) return gone;
      gone += height;
      block.element.remove();
      this.#all.shift();
    }
  }

  /** Take away blocks that begin below `px`; returns their height. */
  trimAfter(px: number): number {
    let gone = 0;
    let height = this.height;
    for (;;) {
      const block = this.#all.at(-1);
      if (!block || this.#all.length < 2) return gone;
      const own = block.element.getBoundingClientRect().height;
      if (height - own < px) return gone;
      height -= own;
      gone += own;
      block.element.remove();
      this.#all.pop();
    }
  }

  /** The line at a place, the nearest where there is none. */
  lineAt(px: number): Placed {
    const base = this.home.getBoundingClientRect().top;
    const block = this.#all.find(({ element }) => element.getBoundingClientRect().bottom - base > px) ?? this.#all.at(-1);
    if (!block) return { offset: 0, end: 0, top: 0, at: null };
    const rows = block.rows.children;
    let low = 0;
    for (let high = rows.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) - base > px) high = middle;
      else low = middle + 1;
    }
    const line = block.lines[low];
    return { offset: line?.first ?? block.first, end: line?.end ?? block.end, top: (rows[low]?.getBoundingClientRect().top ?? base) - base, at: block.at };
  }

  /** Where the line with the byte at `offset` begins, in pixels. */
  topOf(offset: number): number {
    const base = this.home.getBoundingClientRect().top;
    const row = this.#row(offset);
    return row ? row.getBoundingClientRect().top - base : offset < this.first ? 0 : this.height;
  }

  /** Mark the line with the byte at `offset`, whenever it is made. */
  mark(offset: number): void {
    this.#marked = offset;
    for (const row of this.home.querySelectorAll(".marked")) row.classList.remove("marked");
    this.#show();
  }

  /** Mark the lines that have bytes of a range, whenever they are made; null for none. Of one without bytes it is the line above,
   * where a command stands that printed nothing. */
  markRange(range: Bytes | null): void {
    this.#range = range && isEmpty(range) ? (this.#lineAbove(range.first) ?? range) : range;
    for (const block of this.#all) this.#showRange(block);
  }

  repaint(): void {
    this.#paint = new Paint();
    for (const block of this.#all) {
      repaint(block, this.#paint);
      this.#showRange(block);
    }
    this.#show();
  }

  #show(): void {
    if (this.#marked >= 0) this.#row(this.#marked)?.classList.add("marked");
  }

  #showRange({ lines, rows }: Block): void {
    const { first, end } = this.#range ?? { first: 0, end: 0 };
    for (const [index, line] of lines.entries()) rows.children[index]?.classList.toggle("in-range", first < end && line.first < end && line.end > first);
  }

  #lineAbove(offset: number): Bytes | null {
    const block = this.#all.find(({ first, end }) => offset >= first && (offset < end || end === this.end));
    const line = block?.lines[lineAt(block, offset)];
    if (!line) return null;
    const begins = line.end <= offset ? line.end : line.first; // nothing may stand in its line yet
    return { first: begins - 1, end: begins };
  }

  #row(offset: number): Element | undefined {
    const block = this.#all.find(({ first, end }) => offset >= first && offset < end);
    return block?.rows.children[lineAt(block, offset)];
  }

  /** Take its last line away: it comes again, longer. */
  #shorten(block: Block): void {
    const line = block.lines.at(-1);
    if (!line) return;
    block.rows.lastElementChild?.remove();
    const lines = block.lines.slice(0, -1);
    const style = line.runs[0]?.style ?? block.style;
    if (lines.length === 0 && this.#all.length > 1) {
      block.element.remove();
      this.#all.pop();
    } else this.#all[this.#all.length - 1] = { ...block, lines, end: line.first, open: false, style };
  }
}
