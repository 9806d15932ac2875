/** A piece of a log as rows in the page. */

import type { LogLine, Run } from "../core/log_lines";
import { linesOf } from "../core/log_lines";
import { DEFAULT, hex, readable, type Style } from "../core/sgr";
import { size } from "../core/sizes";
import { readColours } from "../console/colours";
import type { Part } from "./source";

/** More lines than this are not made at once: pieces of very short lines are made shorter. */
const MAX_LINES = 600;
const LINE_FEED = 10;
/** Of a longer line so much is shown, until the rest is asked for. */
const SHOWN_CHARS = 2000;

export interface Block {
  readonly first: number;
  readonly end: number;
  readonly lines: readonly LogLine[];
  /** What is put into the page: perhaps words on what is missing before it, then its rows. */
  readonly element: HTMLElement;
  readonly rows: HTMLElement;
  /** About when its first byte was printed. */
  readonly at: number | null;
  /** Whether its last line may go on: it is not finished, and was not cut for its length. */
  readonly open: boolean;
  /** What the next piece begins with. */
  readonly style: Style;
}

/** The colours of the page at this moment; made anew when the theme changes. */
export class Paint {
  readonly #ansi: readonly string[];
  readonly #fg: string;
  readonly #bg: string;
  readonly #known = new WeakMap<Style, string>();

  constructor() {
    const { wire } = readColours();
    this.#ansi = wire.palette;
    this.#fg = wire.fg;
    this.#bg = wire.bg;
  }

  /** The style as CSS. */
  css(style: Style): string {
    const found = this.#known.get(style);
    if (found !== undefined) return found;
    const css = this.#css(style);
    this.#known.set(style, css);
    return css;
  }

  #css(style: Style): string {
    // Bold text in one of the first eight is bright, as the terminal has it.
    const fg = style.bold && style.fg >= 0 && style.fg < 8 ? style.fg + 8 : style.fg;
    let text = hex(fg, this.#ansi, this.#fg);
    let ground = hex(style.bg, this.#ansi, this.#bg);
    if (style.inverse) [text, ground] = [ground, text];
    const says: string[] = [];
    if (style.bg !== DEFAULT || style.inverse) says.push(`background:${ground}`);
    if (fg !== DEFAULT || says.length > 0) says.push(`color:${readable(text, ground)}`);
    if (style.bold) says.push("font-weight:bold");
    if (style.dim) says.push("opacity:.7");
    if (style.italic) says.push("font-style:italic");
    if (style.hidden) says.push("visibility:hidden");
    const lines = [style.underline ? "underline" : "", style.struck ? "line-through" : ""].join(" ").trim();
    if (lines) says.push(`text-decoration:${lines}`);
    return says.join(";");
  }
}

/** Which of a part's lines are taken: the first ones, or with `last` the last ones. */
export function blockOf(part: Part, style: Style, last: boolean, paint: Paint): Block {
  const { lines: all, style: after } = linesOf(part.data, part.first, style);
  const lines = all.length <= MAX_LINES ? all : last ? all.slice(-MAX_LINES) : all.slice(0, MAX_LINES);
  const element = document.createElement("div");
  const rows = document.createElement("div");
  element.append(rows);
  for (const [index, line] of lines.entries()) {
    rows.append(rowOf(line, paint, part.cutStart && index === 0 && line === all[0]));
  }
  return {
    first: lines[0]?.first ?? part.first,
    end: lines.at(-1)?.end ?? part.end,
    lines,
    element,
    rows,
    at: part.at,
    open: lines.at(-1) === all.at(-1) && !part.cutEnd && part.data.at(-1) !== LINE_FEED,
    style: lines.at(-1) === all.at(-1) ? after : (lines.at(-1)?.runs.at(-1)?.style ?? style),
  };
}

/** Paint a block's rows anew: the theme changed. */
export function repaint({ lines, rows }: Block, paint: Paint): void {
  rows.replaceChildren(...lines.map((line, index) => rowOf(line, paint, rows.children[index]?.classList.contains("goes-on") ?? false)));
}

/** The index of the line that has the byte at `offset`. */
export function lineAt({ lines }: Block, offset: number): number {
  let low = 0;
  for (let high = lines.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.first ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function rowOf(line: LogLine, paint: Paint, goesOn: boolean): HTMLElement {
  const row = document.createElement("div");
  row.className = goesOn ? "output-line goes-on" : "output-line";
  fill(row, line, paint, SHOWN_CHARS);
  return row;
}

function fill(row: HTMLElement, line: LogLine, paint: Paint, most: number): void {
  const shown = line.length > most * 1.5 ? most : line.length;
  row.replaceChildren(...spans(line.runs, shown, paint));
  if (shown === line.length) return;
  const more = document.createElement("button");
  more.type = "button";
  more.className = "output-more";
  more.textContent = `Show ${size(line.length - shown)} more of this line`;
  more.addEventListener("click", () => fill(row, line, paint, line.length));
  row.append(more);
}

function spans(runs: readonly Run[], most: number, paint: Paint): Node[] {
  const made: Node[] = [];
  let left = most;
  for (const { text, style } of runs) {
    if (left <= 0) break;
    const shown = text.length > left ? text.slice(0, left) : text;
    left -= shown.length;
    const css = paint.css(style);
    if (css === "") made.push(document.createTextNode(shown));
    else {
      const span = document.createElement("span");
      span.style.cssText = css;
      span.textContent = shown;
      made.push(span);
    }
  }
  return made;
}

/** Words that stand where bytes are missing. */
export function gapRow(bytes: number, dropped: boolean): HTMLElement {
  const row = document.createElement("div");
  row.className = "output-gap";
  row.textContent = dropped
    ? `The first ${size(bytes)} are gone: the newest output is kept, the oldest goes first.`
    : `${size(bytes)} are missing here: they were not recorded, or could not be kept.`;
  return row;
}
