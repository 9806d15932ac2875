/** Pieces of a log as lines to show: colours kept, what carriage returns, backspaces and erasing leave, no other control
 * sequence. A cursor that goes to another line is not followed: what was printed stands where it was printed. */

import { PLAIN, restyled, type Style } from "./sgr";

export interface Run {
  readonly text: string;
  readonly style: Style;
}

export interface LogLine {
  /** Its bytes in the log, the line feed included. */
  readonly first: number;
  readonly end: number;
  readonly runs: readonly Run[];
  /** In UTF-16 units. */
  readonly length: number;
}

/** One of: CSI with its parts, another sequence, an unfinished one, a control character. */
const CONTROL = /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^]*?(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-OQ-WYZ\\`-~]|\x1b\[?[0-?]*[ -/]*|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;
const LINE_FEED = 10;
const TAB = 8;
/** A cursor that a program sends further than this stays there. */
const MAX_COLUMN = 4096;

/** The lines of a piece that begins at the offset `first`, and the style that the next one begins with. */
export function linesOf(data: Uint8Array, first: number, style: Style = PLAIN): { lines: LogLine[]; style: Style } {
  const decoder = new TextDecoder();
  const lines: LogLine[] = [];
  let now = style;
  for (let at = 0; at < data.length; ) {
    const found = data.indexOf(LINE_FEED, at);
    const stop = found < 0 ? data.length : found;
    const { runs, style: after } = lineOf(decoder.decode(data.subarray(at, stop)), now);
    now = after;
    const next = Math.min(data.length, stop + 1);
    lines.push({ first: first + at, end: first + next, runs, length: runs.reduce((sum, { text }) => sum + text.length, 0) });
    at = next;
  }
  return { lines, style: now };
}

/** What one line shows, and the style after it. */
export function lineOf(text: string, style: Style): { runs: Run[]; style: Style } {
  const row = new Row(style);
  let at = 0;
  for (const found of text.matchAll(CONTROL)) {
    row.print(text.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[2] !== undefined) row.sequence(found[1] ?? "", found[2]);
    else row.control(found[0]);
  }
  row.print(text.slice(at));
  return { runs: row.runs(), style: row.style };
}

interface Cell {
  text: string;
  style: Style;
}

/** A line while it is being printed: runs while the cursor only goes on, cells once it goes back. */
class Row {
  #runs: { text: string; style: Style }[] = [];
  #cells: Cell[] | null = null;
  #column = 0;
  /** A carriage return at the end of a line changes nothing. */
  #returned = false;

  constructor(public style: Style) {}

  print(text: string): void {
    if (text === "") return;
    if (this.#returned) this.#go(0);
    if (!this.#cells) {
      const last = this.#runs.at(-1);
      if (last?.style === this.style) last.text += text;
      else this.#runs.push({ text, style: this.style });
      return;
    }
    for (const each of text) this.#put(each);
  }

  sequence(params: string, final: string): void {
    if (final === "m") {
      if (!/[<=>?]/.test(params)) this.style = restyled(this.style, params);
      return;
    }
    if (!"KCDGP".includes(final) || /[^0-9]/.test(params)) return;
    const count = Math.min(MAX_COLUMN, Number(params));
    if (final === "K") this.#erase(count);
    else if (final === "G") this.#go(Math.max(1, count) - 1);
    else if (final === "C") this.#go(this.#at() + Math.max(1, count));
    else if (final === "D") this.#go(this.#at() - Math.max(1, count));
    else if (final === "P") this.#split().splice(this.#at(), Math.max(1, count));
  }

  control(char: string): void {
    if (char === "\r") this.#returned = true;
    else if (char === "\b") this.#go(this.#at() - 1);
  }

  runs(): Run[] {
    if (!this.#cells) return this.#runs;
    const runs: { text: string; style: Style }[] = [];
    for (const { text, style } of this.#cells) {
      const last = runs.at(-1);
      if (last?.style === style) last.text += text;
      else runs.push({ text, style });
    }
    return runs;
  }

  #at(): number {
    this.#split();
    return this.#returned ? 0 : this.#column;
  }

  /** From here on by cells. */
  #split(): Cell[] {
    if (this.#cells) return this.#cells;
    const cells: Cell[] = (this.#cells = []);
    for (const { text, style } of this.#runs) {
      for (const each of text) {
        if (each === "\t") do cells.push({ text: " ", style }); while (cells.length % TAB !== 0);
        else cells.push({ text: each, style });
      }
    }
    this.#column = cells.length;
    return cells;
  }

  #go(column: number): void {
    this.#split();
    this.#returned = false;
    this.#column = Math.max(0, Math.min(MAX_COLUMN, column));
  }

  #put(text: string): void {
    const cells = this.#split();
    if (text === "\t") {
      this.#column = (Math.floor(this.#column / TAB) + 1) * TAB;
      return;
    }
    while (cells.length < this.#column) cells.push({ text: " ", style: PLAIN });
    cells[this.#column] = { text, style: this.style };
    this.#column += 1;
  }

  /** 0: from the cursor on, 1: up to it, 2: all of it. */
  #erase(what: number): void {
    const at = this.#at();
    const cells = this.#split();
    if (what === 0) cells.length = Math.min(cells.length, at);
    if (what === 2) cells.length = 0;
    if (what === 1) for (let index = 0; index <= at && index < cells.length; index += 1) cells[index] = { text: " ", style: PLAIN };
  }
}
