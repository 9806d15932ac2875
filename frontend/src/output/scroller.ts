/**
 * The rows of a log in a scrolled box: those near what is in sight are fetched and made, empty space stands for the rest
 * (./strip), which is put right when nobody scrolls. An imperative island: `start(box)`, `stop()`.
 */

import { signal } from "@preact/signals";
import type { Bytes } from "../core/log_scroll";
import { watchColours } from "../console/colours";
import { whileTouched } from "../console/raw_touches";
import { type LogSource, PART_BYTES, type Part } from "./source";
import { Strip } from "./strip";

/** Rows are made when fewer screens than this are there, and taken away beyond twice as many. */
const SCREENS = 3;
const IDLE_MS = 160;
const FOLLOW_MS = 700;
const PINNED_MS = 1500;
/** Who follows a flood sees its end, not all that runs by. */
const BEHIND_BYTES = 4 * PART_BYTES;

/** What is in sight, and about when its first line was printed, in seconds. */
export type Sight = Bytes & { readonly at: number | null };

export class LogScroller {
  readonly sight = signal<Sight | null>(null);
  readonly log = signal<Bytes>({ first: 0, end: 0 });
  /** Whether what is printed next comes into sight. */
  readonly following = signal(false);
  /** What went wrong; null once it works again. */
  readonly trouble = signal<unknown>(null);

  #box: HTMLElement | null = null;
  readonly #strip = new Strip();
  readonly #blocks = this.#strip.blocks;
  #anchor: { offset: number; delta: number } | null = null;
  #marked = -1;
  #screen = 0;
  /** Puts it back where it was gone to: a glide that had begun before goes on from there. Until somebody scrolls. */
  #pinned: (() => void) | null = null;
  #loading = new AbortController();
  /** Until what was gone to last is in sight, or could not be read. */
  arrived: Promise<void> = Promise.resolve();
  #busy = false;
  #fingers = false;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #undo: (() => void)[] = [];

  /** `grows` says whether the program runs. */
  constructor(private readonly source: LogSource, private readonly grows: () => boolean) {}

  /** Show the log in `box`, where it was, else at `wanted`, an offset or a marked range, or at its end. */
  start(box: HTMLElement, wanted: number | { readonly start: number; readonly end: number | null } | null): void {
    this.#box = box;
    this.#loading = new AbortController();
    this.#strip.start(box);
    const listening = new AbortController();
    const options = { signal: listening.signal, passive: true };
    box.addEventListener("scroll", () => this.#scrolled(), options);
    // A finger begins with a pointer too.
    for (const name of ["wheel", "keydown", "pointerdown"]) box.addEventListener(name, () => { this.#pinned = null; }, options);
    whileTouched(box, (touched) => this.#touched(touched), listening.signal);
    const resized = new ResizeObserver(() => this.reflow());
    resized.observe(box);
    this.#undo = [() => listening.abort(), () => resized.disconnect(), watchColours(() => this.#blocks.repaint())];
    if (this.#blocks.empty) void (wanted === null ? this.toEnd() : typeof wanted === "number" ? this.to(wanted, true) : this.toRange(wanted.start, wanted.end));
    else this.reflow();
    this.#follow();
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    clearTimeout(this.#idle);
    clearTimeout(this.#poll);
    this.#loading.abort();
    this.#busy = false;
    this.#strip.stop();
    this.#box = null;
  }

  /** Show the line that has the byte at `offset` at the top, or marked and a little below it. */
  async to(offset: number, mark = false): Promise<void> {
    this.following.value = false;
    if (mark) this.#marked = offset;
    await this.#replace(offset, { before: false }, (first) => {
      const at = mark ? Math.max(offset, first) : first;
      if (mark) this.#blocks.mark((this.#marked = at));
      this.#strip.place(at, mark ? (this.#box?.clientHeight ?? 0) / 4 : 0);
    });
  }

  /** Show the lines of [first, end), marked, below the one before them; `end` is null while they become more. */
  async toRange(first: number, end: number | null): Promise<void> {
    this.following.value = false;
    this.markRange({ first, end: end ?? Number.MAX_SAFE_INTEGER });
    await this.#replace(first, { before: false }, (oldest) => this.#strip.place(Math.max(first, oldest), (this.#box?.clientHeight ?? 0) / 4));
  }

  /** Mark these lines and nothing else; null for nothing. */
  markRange(range: Bytes | null): void {
    this.#marked = -1;
    this.#blocks.mark(-1);
    this.#blocks.markRange(range);
  }

  async toEnd(): Promise<void> {
    this.following.value = true;
    await this.#replace(Number.MAX_SAFE_INTEGER, { before: true, exact: true }, () => this.#strip.toBottom());
  }

  focus(): void {
    this.#box?.focus({ preventScroll: true });
  }

  /** Try again what went wrong. */
  async retry(): Promise<void> {
    this.trouble.value = null;
    if (!this.#blocks.empty) return this.#scrolled();
    return this.#marked >= 0 ? this.to(this.#marked, true) : this.toEnd();
  }

  /** Throw away what is made and show other rows; `shown` puts them into sight. */
  #replace(at: number, wanted: { before: boolean; exact?: boolean }, shown: (first: number) => void): Promise<void> {
    this.arrived = this.#show(at, wanted, shown);
    return this.arrived;
  }

  async #show(at: number, wanted: { before: boolean; exact?: boolean }, shown: (first: number) => void): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#busy = true;
    const box = this.#box;
    this.#pinned = null;
    await this.#guard(async (signal) => {
      const part = await this.source.part(at, wanted, signal);
      this.#know(part);
      this.#strip.replace(part, wanted.before);
      this.#settle(true);
      shown(this.#blocks.first);
      if (box && this.#blocks.height < box.clientHeight) await this.#more("up", signal).then(() => shown(this.#blocks.first));
    });
    const until = performance.now() + PINNED_MS;
    this.#pinned = () => performance.now() < until && shown(this.#blocks.first);
    this.#scrolled();
  }

  async #guard(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#loading;
    this.#busy = true;
    try {
      await work(signal);
      this.trouble.value = null;
    } catch (error) {
      if (!signal.aborted) this.trouble.value = error;
    } finally {
      if (!signal.aborted) this.#busy = false;
    }
  }

  #know({ oldest, head }: Part): void {
    const { first, end } = this.log.peek();
    if (first !== oldest || end !== head) this.log.value = { first: oldest, end: head };
  }

  /** Make the rows before or after those that are made. */
  async #more(where: "up" | "down", signal: AbortSignal): Promise<void> {
    const up = where === "up";
    const part = await this.source.part(up ? this.#blocks.first : this.#blocks.openEnd, { before: up, exact: true }, signal);
    this.#know(part);
    if (up) this.#strip.addBefore(part);
    else {
      this.#strip.addBehind(part);
      if (this.following.peek() && !this.#fingers) this.#strip.toBottom();
    }
  }

  #scrolled(): void {
    const box = this.#box;
    if (!box) return;
    this.#pinned?.();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#settle(false), IDLE_MS);
    this.#look(box);
    if (this.#busy || this.#blocks.empty) return;
    const top = this.#strip.topIn(box);
    const screen = box.clientHeight;
    const { height, first, end } = this.#blocks;
    const log = this.log.peek();
    if (top + screen < -screen || top > height + screen) return void this.#seek(box);
    if (top < SCREENS * screen && first > log.first) return void this.#load("up");
    if (top + screen > height - SCREENS * screen && end < log.end) return void this.#load("down");
    // Taken away is what is far from sight.
    if (this.#strip.trim(top - 2 * SCREENS * screen, top + screen + 2 * SCREENS * screen)) this.#look(box);
  }

  async #load(where: "up" | "down"): Promise<void> {
    const { first, end } = this.#blocks;
    await this.#guard((signal) => this.#more(where, signal));
    // Where nothing came the next scroll tries again.
    if (this.#blocks.first !== first || this.#blocks.end !== end) this.#scrolled();
  }

  /** Somebody scrolled to where no rows are. The rows are put where the box is scrolled to. */
  async #seek(box: HTMLElement): Promise<void> {
    const top = box.scrollTop;
    const offset = this.#strip.soughtIn(box, this.log.peek());
    if (offset === null) return this.toEnd();
    await this.#guard(async (signal) => {
      const part = await this.source.part(offset, {}, signal);
      this.#know(part);
      this.#strip.replaceAt(top, part);
    });
    if (this.trouble.peek() === null) this.#scrolled();
  }

  /** Nobody scrolls: the spaces become what they stand for. */
  #settle(now: boolean): void {
    const box = this.#box;
    if (!box || this.#blocks.empty || (!now && (this.#fingers || this.#busy))) return;
    this.#strip.settle(this.log.peek(), this.following.peek());
  }

  #touched(down: boolean): void {
    this.#fingers = down;
    if (!down) this.#scrolled();
  }

  /** Note what is in sight. */
  #look(box: HTMLElement | null): void {
    if (!box || this.#blocks.empty) return;
    const top = this.#strip.topIn(box);
    const first = this.#blocks.lineAt(top);
    const last = this.#blocks.lineAt(top + box.clientHeight - 1);
    this.#anchor = { offset: first.offset, delta: first.top - top };
    this.sight.value = { first: first.offset, end: last.end, at: first.at };
    // A box that became smaller is put right by reflow.
    if (this.#screen !== (this.#screen = box.clientHeight)) return;
    this.following.value = this.#strip.isAtEnd(box) && (this.following.peek() || this.#blocks.end >= this.log.peek().end);
  }

  /** The rows are wrapped anew: the line at the top stays there. */
  reflow(): void {
    const anchor = this.#anchor;
    if (this.following.peek()) this.#strip.toBottom();
    else if (anchor) this.#strip.place(anchor.offset, anchor.delta);
    this.#scrolled();
  }

  /** Look for what was printed since; at the end it comes into sight. */
  #follow(): void {
    this.#poll = setTimeout(() => void this.#grow().finally(() => this.#box && this.#follow()), FOLLOW_MS);
  }

  async #grow(): Promise<void> {
    if (document.hidden || this.#busy || this.#blocks.empty || !(this.grows() || this.trouble.peek())) return;
    if (this.following.peek()) {
      await this.#guard((signal) => this.#more("down", signal));
      if (this.following.peek() && this.log.peek().end - this.#blocks.end > BEHIND_BYTES) return this.toEnd();
    } else await this.#guard(async (signal) => this.#know(await this.source.part(this.log.peek().end, { exact: true, bytes: 1 }, signal)));
    this.#scrolled();
  }
}
