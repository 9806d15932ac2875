/** The marks beside the rows of a terminal, in the margin at its left, and the clock of what runs. */

import { cardState, clockOf } from "../core/card_words";
import { cardSentence, nearest, type Placed, shortCommand } from "../core/card_marks";
import type { Card } from "../told";
import { freeRow } from "./free_row";
import type { Gutter } from "./gutter";
import { linesOf } from "./lines";
import { openCardMenu } from "./menu";

const CLOCK_MS = 1000;
/** What is over sooner needs no clock. */
const CLOCK_AFTER_SECONDS = 2;
/** So far a finger reaches. */
const REACH_PX = 44;

interface Mark {
  readonly button: HTMLButtonElement;
  readonly clock: HTMLElement;
  card: Card | null;
}

/** Where the rows begin in the terminal's box, and how large a cell is, in pixels. */
interface Cells {
  readonly left: number;
  readonly top: number;
  readonly column: number;
  readonly row: number;
}

export class Margin {
  readonly #element = document.createElement("div");
  readonly #line = document.createElement("div");
  #marks = new Map<number, Mark>();
  #ticking: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly gutter: Gutter) {
    this.#element.className = "card-margin";
    this.#line.className = "card-line";
    this.#element.append(this.#line);
    gutter.terminal.root.append(this.#element);
    gutter.terminal.tapped = (x, y, reach = REACH_PX) => this.#tapped(x, y, reach);
  }

  /** Show what is in sight now. */
  draw(): void {
    const { term } = this.gutter.terminal;
    const { type, viewportY } = term.buffer.active;
    const all = type === "normal" ? this.gutter.placed(viewportY, viewportY + term.rows) : [];
    const current = this.gutter.current.peek();
    const moved = this.gutter.terminal.root.style.translate !== "";
    if (all.length === 0 && this.#marks.size === 0 && !current && this.#line.hidden && !moved) return;
    const box = this.#box();
    if (!box) return;
    this.#element.style.height = `${box.top + box.row * term.rows}px`;
    const now = Date.now() / 1000;
    const shown = new Set(all.map(({ id }) => id));
    for (const [id, { button, clock }] of this.#marks) {
      if (shown.has(id)) continue;
      button.remove();
      clock.remove();
      this.#marks.delete(id);
    }
    for (const one of all) this.#put(one, box, now);
    this.#frame(type === "normal" ? current : null, box);
    this.#tick(all);
  }

  /** So many rows at the top does the bar lie over. */
  get rowsUnderBar(): number {
    const box = this.#box();
    return box ? Math.ceil(this.#underBar(box) / box.row) : 0;
  }

  /** Around the lines of the command that was gone to. Above the first row of all there is nothing to scroll to: there the terminal
   * makes room for the bar, as far as the prompt stays in sight. */
  #frame(current: Card | null, box: Cells): void {
    const { root, term } = this.gutter.terminal;
    const row = current && this.gutter.rowOf(current);
    this.#line.hidden = row === null;
    if (current && row !== null) {
      const { first, end } = linesOf(this.gutter, current) ?? { first: row, end: row + 1 };
      place(this.#line, this.#top(first, box), (end - first) * box.row);
    }
    const { baseY, cursorY, viewportY } = term.buffer.active;
    const free = viewportY < baseY ? Infinity : root.clientHeight - box.top - (cursorY + 1) * box.row;
    const room = current ? Math.min(this.#underBar(box) - viewportY * box.row, free) : 0;
    root.style.translate = room > 0 ? `0 ${room}px` : "";
  }

  #underBar(box: Cells): number {
    const { bar, terminal: { root } } = this.gutter;
    const over = bar?.getBoundingClientRect();
    return over && over.height > 0 ? over.bottom - (root.parentElement ?? root).getBoundingClientRect().top - box.top : 0;
  }

  #put({ id, row }: Placed, box: Cells, now: number): void {
    const card = this.gutter.card(id);
    if (!card) return;
    const mark = this.#marks.get(id) ?? this.#make(id);
    place(mark.button, this.#top(row, box) + box.row / 2, null);
    mark.clock.hidden = card.state !== "running" || now - card.started < CLOCK_AFTER_SECONDS;
    if (!mark.clock.hidden) this.#putClock(mark.clock, clockOf(card, now), row, box);
    if (mark.card === card) return;
    mark.card = card;
    const { mark: shape, look, word } = cardState(card);
    mark.button.title = mark.button.ariaLabel = `${shortCommand(card)}: ${card.state === "running" ? word : cardSentence(card, now)}`;
    const sign = mark.button.firstElementChild as HTMLElement;
    sign.className = `console-state ${look}`;
    sign.textContent = shape;
  }

  /** At the end of the row, or of the next one, where its text fits. */
  #putClock(clock: HTMLElement, text: string, row: number, box: Cells): void {
    const { term } = this.gutter.terminal;
    clock.textContent = text;
    const column = (px: number): number => Math.min(term.cols, Math.max(0, (clock.offsetLeft + px - box.left) / box.column));
    const free = freeRow(term, row, Math.floor(column(0)), Math.ceil(column(clock.offsetWidth)));
    clock.hidden = free === null;
    if (free !== null) place(clock, this.#top(free, box), box.row);
  }

  #make(id: number): Mark {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "card-mark";
    button.tabIndex = -1; // keys go from command to command, not through hundreds of buttons
    button.ariaHasPopup = "menu";
    const sign = document.createElement("span");
    sign.ariaHidden = "true";
    button.append(sign);
    button.addEventListener("click", () => this.#open(id));
    const clock = document.createElement("span");
    clock.className = "card-clock";
    clock.ariaHidden = "true";
    this.#element.append(button, clock);
    const mark = { button, clock, card: null };
    this.#marks.set(id, mark);
    return mark;
  }

  #open(id: number): void {
    const card = this.gutter.card(id);
    const button = this.#marks.get(id)?.button;
    if (card && button) openCardMenu(button, this.gutter, card);
  }

  /** A finger or pointer at the left edge, as near to a mark as `reach` pixels across and half as many up and down. */
  #tapped(x: number, y: number, reach: number): boolean {
    const { over, root, term } = this.gutter.terminal;
    const box = this.#box();
    if (!box || over.peek() || this.#marks.size === 0 || !root.checkVisibility({ visibilityProperty: true })) return false;
    const edge = root.getBoundingClientRect();
    if (x < edge.left - reach / 2 || x > edge.left + reach || y < edge.top || y > edge.bottom) return false;
    const { viewportY } = term.buffer.active;
    const row = viewportY + (y - edge.top + root.scrollTop - box.top) / box.row - 0.5;
    const inSight = this.gutter.placed(viewportY, viewportY + term.rows).filter(({ id }) => this.#marks.has(id));
    const found = nearest(inSight, row, reach / 2 / box.row);
    if (found) this.#open(found.id);
    return found !== null;
  }

  /** Null where it is not laid out. */
  #box(): Cells | null {
    const { root, term } = this.gutter.terminal;
    const screen = root.querySelector(".xterm-screen")?.getBoundingClientRect();
    if (!screen || screen.height === 0) return null;
    const { left, top } = root.getBoundingClientRect();
    return { left: screen.left - left + root.scrollLeft, top: screen.top - top + root.scrollTop, column: screen.width / term.cols, row: screen.height / term.rows };
  }

  /** Of a row, in the terminal's box. */
  #top(row: number, box: Cells): number {
    return box.top + (row - this.gutter.terminal.term.buffer.active.viewportY) * box.row;
  }

  /** Once a second while something in sight runs. */
  #tick(all: readonly Placed[]): void {
    const runs = all.some(({ id }) => this.gutter.card(id)?.state === "running");
    clearTimeout(this.#ticking);
    this.#ticking = runs && this.gutter.alive ? setTimeout(() => this.draw(), CLOCK_MS) : undefined;
  }
}

function place(element: HTMLElement, top: number, height: number | null): void {
  element.style.top = `${top}px`;
  if (height !== null) element.style.height = element.style.lineHeight = `${height}px`;
}
