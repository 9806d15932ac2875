/** How a terminal's grid stands in its pane: the one that would fill it, and letters that make a grid fit which was
 * made for another pane. The grid itself changes only when the keeper says so. */

import { signal, type Signal } from "@preact/signals";
import type { Terminal } from "@xterm/xterm";
import { terminalLetters } from "../shell/letters";
import { Limit, SizeFlag, type SizeNow } from "../wire";
import { fitEnded } from "./ended";

/** xterm's own scrollbar lies over this at the right; on touch it shows only while scrolling. */
const SCROLLBAR_PX = 14;
const TOUCH_SCROLLBAR_PX = 4;
const SMALLEST_FONT_PX = 8;

export class Fitting {
  #cell = { width: 0, height: 0 };
  /** As the keeper says; the terminal of an ended console may show fewer of its rows. */
  #grid = { cols: 80, rows: 24 };
  /** The grid of an ended console while it is shown with smaller letters to be in sight whole, else null. */
  readonly small: Signal<{ readonly cols: number; readonly rows: number } | null> = signal(null);
  /** Whether what is being written was drawn for the grid that was taken: it stays until all of it is there. */
  drawing = false;
  /** Whether an ended console's lines shall break at this pane's width. */
  #breaksHere = false;

  /** `isOurs` says whether the grid was made for this pane. */
  constructor(
    private readonly root: HTMLElement,
    private readonly term: Terminal,
    private readonly isOurs: () => boolean,
  ) {}

  /** Take over a grid. What is written next may be drawn for just this one, so `fit` comes after it. */
  take(cols: number, rows: number): void {
    if (cols !== this.#grid.cols || rows !== this.#grid.rows) this.#breaksHere = false;
    this.#grid = { cols, rows };
    this.term.resize(cols, rows);
  }

  /** Whether the pane is laid out. */
  get hasRoom(): boolean {
    const { width, height } = this.#room();
    return width > 0 && height > 0;
  }

  /** Grid and pixels that would fill the pane. */
  measure(visible: boolean): SizeNow {
    const scrollbar = matchMedia("(any-pointer: coarse)").matches ? TOUCH_SCROLLBAR_PX : SCROLLBAR_PX;
    const { width, height } = this.#room();
    const cell = this.#measureCell();
    const fits = cell.width > 0 && width > 0 && height > 0;
    return {
      cols: fits ? clamp((width - scrollbar) / cell.width, Limit.MIN_COLS, Limit.MAX_COLS) : this.term.cols,
      rows: fits ? clamp(height / cell.height, Limit.MIN_ROWS, Limit.MAX_ROWS) : this.term.rows,
      pxWidth: width,
      pxHeight: height,
      flags: visible ? SizeFlag.VISIBLE : 0,
    };
  }

  /** Show an ended console in letters of the usual size: its lines break at this pane's width. A full-screen
   * program's do not, so the pane scrolls. */
  breakHere(): void {
    this.#breaksHere = true;
    this.fit();
  }

  /** Show the grid as well as this pane can. */
  fit(): void {
    this.scale();
    const { height } = this.#room();
    if (height === 0 || this.drawing) return;
    const { cols, rows } = this.#grid;
    if (this.#ended) fitEnded(this.term, this.#breaksHere ? Math.min(cols, this.measure(true).cols) : cols, rows, height);
    else if (this.term.rows !== rows || this.term.cols !== cols) this.term.resize(cols, rows);
    this.#showEnd(height);
  }

  /** A grid that is not for this pane, another device's or an ended console's, is shown with smaller
   * letters: the first whole, the second in all its width. Below 8 px the pane scrolls. */
  scale(): void {
    const base = terminalLetters.px;
    const { width, height } = this.#room();
    const cell = this.#measureCell();
    const foreign = this.#ended || !this.isOurs();
    this.root.classList.toggle("foreign", foreign);
    let font = base;
    if (foreign && !(this.#ended && this.#breaksHere) && cell.width > 0 && width > 0) {
      const whole = this.#ended ? 1 : height / (cell.height * this.#grid.rows);
      const share = Math.min(1, width / (cell.width * this.#grid.cols), whole);
      font = Math.max(SMALLEST_FONT_PX, Math.floor(base * share * 2) / 2);
    }
    if (this.term.options.fontSize !== font) this.term.options.fontSize = font;
    this.small.value = this.#ended && font < base ? this.#grid : null;
  }

  get #ended(): boolean {
    return this.term.options.disableStdin === true;
  }

  /** The room inside the padding, in CSS pixels. */
  #room(): { width: number; height: number } {
    if (!this.root.isConnected) return { width: 0, height: 0 };
    const style = getComputedStyle(this.root);
    const pad = (side: string): number => Number.parseFloat(style.getPropertyValue(`padding-${side}`)) || 0;
    return {
      width: Math.max(0, this.root.clientWidth - pad("left") - pad("right")),
      height: Math.max(0, this.root.clientHeight - pad("top") - pad("bottom")),
    };
  }

  /** The size of a cell at the base font; measured while that font is in use. */
  #measureCell(): { width: number; height: number } {
    const screen = this.root.querySelector<HTMLElement>(".xterm-screen");
    if (screen && this.term.options.fontSize === terminalLetters.px) {
      const { width, height } = screen.getBoundingClientRect();
      if (width > 0) this.#cell = { width: width / this.term.cols, height: height / this.term.rows };
    }
    return this.#cell;
  }

  /** A grid that is still higher than its pane shows its last rows; one that waits for the keeper to make it fit, perhaps
   * without a network, the row that is typed in. */
  #showEnd(height: number): void {
    const grid = this.root.querySelector<HTMLElement>(".xterm-screen")?.offsetHeight ?? 0;
    const { active } = this.term.buffer;
    const typedIn = ((active.cursorY + 1) * grid) / this.term.rows;
    const waits = !this.root.classList.contains("foreign");
    const up = waits ? Math.max(0, Math.min(typedIn, grid) - height) : 0;
    if (this.term.element) this.term.element.style.transform = up > 0 ? `translateY(${-up}px)` : "";
    this.root.scrollTop = grid > height ? this.root.scrollHeight : 0;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(value)));
}
