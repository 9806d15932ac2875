/**
 * The rows of a log that are made, between two spaces that stand for the rest (core/log_scroll), in a scrolled box. Rows
 * that come and go change the spaces beside them by as much, so that nothing in sight moves.
 */

import { type Bytes, offsetAt, Scale } from "../core/log_scroll";
import { PLAIN } from "../core/sgr";
import { Blocks } from "./blocks";
import type { Part } from "./source";
import { Space } from "./space";

const AT_END_PX = 4;
/** Less is not worth moving anything: it is nothing on the bar. */
const DRIFT_PX = 2000;

export class Strip {
  #box: HTMLElement | null = null;
  readonly #above = new Space();
  readonly #rows = document.createElement("div");
  readonly #below = new Space();
  readonly blocks = new Blocks(this.#rows);

  constructor() {
    this.#rows.className = "output-rows";
  }

  start(box: HTMLElement): void {
    this.#box = box;
    box.append(this.#above.element, this.#rows, this.#below.element);
  }

  stop(): void {
    this.#box = null;
  }

  /** So far the box is scrolled below the first of the rows. */
  topIn(box: HTMLElement): number {
    return box.scrollTop - this.#above.height;
  }

  /** Make the rows of a part that comes just before the others. */
  addBefore(part: Part): void {
    const had = this.blocks.height;
    if (part.end > part.first) this.blocks.add(part, PLAIN, true);
    this.#giveAbove(had - this.blocks.height);
  }

  /** Make the rows of a part that goes on behind the others. */
  addBehind(part: Part): void {
    const had = this.blocks.height;
    this.blocks.goOn(part);
    this.#below.give(had - this.blocks.height);
  }

  /** Make other rows; `before`: of a part that was asked for by its end. Where they stand is said by `settle`. */
  replace(part: Part, before: boolean): void {
    this.blocks.clear();
    this.blocks.add(part, PLAIN, before);
  }

  /** Make other rows, which begin so far from the top of all, and leave the whole as high as it is. */
  replaceAt(top: number, part: Part): void {
    const whole = this.#whole();
    this.replace(part, false);
    this.#above.height = top;
    this.#below.height = Math.max(0, whole - top - this.blocks.height);
  }

  /** Return which byte of the log the space stands for that the box is scrolled to; null at the end of all. */
  soughtIn(box: HTMLElement, log: Bytes): number | null {
    if (box.scrollTop + box.clientHeight >= this.#whole() - AT_END_PX) return null;
    const extent = { above: this.#above.height, rows: this.blocks.height, below: this.#below.height };
    return box.scrollTop < AT_END_PX ? log.first : offsetAt(box.scrollTop, extent, this.blocks, log, this.#scale(log));
  }

  isAtEnd(box: HTMLElement): boolean {
    return box.scrollTop + box.clientHeight >= box.scrollHeight - AT_END_PX;
  }

  /** Take rows away that are further than that above `top` or below `bottom`, in pixels of the rows; returns whether any were. */
  trim(top: number, bottom: number): boolean {
    const had = this.blocks.height;
    const above = this.blocks.trimBefore(top);
    this.#giveAbove(above);
    this.#below.give(this.blocks.trimAfter(bottom - above));
    return had !== this.blocks.height;
  }

  /** Have the spaces be what they stand for; who follows has nothing below. */
  settle(log: Bytes, following: boolean): void {
    if (!this.#box) return;
    const scale = this.#scale(log);
    const above = scale.space(this.blocks.first - log.first);
    const moved = above - this.#above.height;
    this.#below.height = following ? 0 : scale.space(log.end - this.blocks.end);
    if (Math.abs(moved) < (this.blocks.first === log.first ? 1 : DRIFT_PX)) return;
    const top = this.#box.scrollTop;
    this.#above.height = above;
    this.#box.scrollTop = top + moved;
  }

  /** Scroll so that the line with that byte is so far below the top. */
  place(offset: number, delta: number): void {
    if (this.#box) this.#box.scrollTop = this.#above.height + this.blocks.topOf(offset) - delta;
  }

  toBottom(): void {
    if (this.#box) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #whole(): number {
    return this.#above.height + this.blocks.height + this.#below.height;
  }

  #scale({ first, end }: Bytes): Scale {
    return new Scale(end - first, this.blocks.density);
  }

  /** The rows moved by so much: the space above them takes it up, and where it is too small the box is scrolled. */
  #giveAbove(change: number): void {
    const left = this.#above.give(change);
    if (this.#box && left !== 0) this.#box.scrollTop += left;
  }
}
