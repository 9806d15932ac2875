/** The commands of one console in its terminal: which there are, at which rows they began, and which one was gone to. */

import { signal, type Signal } from "@preact/signals";
import type { IMarker } from "@xterm/xterm";
import { api, inWorkspace } from "../api";
import { alone, type Begun, begunOf, neighbour, type Placed } from "../core/card_marks";
import { onEmptied } from "../console/rows";
import { consoleById } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import type { Card } from "../told";
import { findCommands } from "./finding";
import { linesOf, topOf } from "./lines";
import { Margin } from "./margin";
import { followMarks } from "./rows_of_commands";
import { Standing } from "./standing";

/** Of a console, the newest. */
const MAX_CARDS = 500;
const LISTED = 100;
/** Beginnings that belong to no card, as those that another program prints. */
const MAX_BEGUN = 64;
const SOON_MS = 30;
const AGAIN_MS = 400;
const MAX_TRIES = 3;

export class Gutter {
  /** The command that was gone to; null at the prompt. */
  readonly current: Signal<Card | null> = signal(null);
  /** What lies over the first rows while there is such a command. */
  bar: Element | null = null;
  #cards = new Map<number, Card>();
  #standing = new Map<number, Standing>();
  #begun: (Begun & { readonly standing: Standing })[] = [];
  /** How often a command was looked for that has no row. */
  #tries = new Map<number, number>();
  /** Whether a command is known whose output has not come. */
  #waits = false;
  /** The row at the top when a command was gone to. */
  #stood = -1;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #margin: Margin;

  constructor(readonly terminal: ConsoleTerminal) {
    const { term, channel } = terminal;
    this.#margin = new Margin(this);
    followMarks(term, (at, marker) => this.#began(at, marker));
    onEmptied(term, () => this.#emptied());
    term.onRender(() => (this.#waits ? this.#place() : this.#margin.draw()));
    term.buffer.onBufferChange(({ type }) => {
      if (type === "alternate") this.current.value = null; // its bar would lie over a full screen
      this.#place();
    });
    if (!channel) return;
    const before = channel.onCaughtUp;
    channel.onCaughtUp = () => {
      before();
      void this.refresh();
    };
  }

  /** Whether the terminal is still in use. */
  get alive(): boolean {
    return this.terminal.term.element?.isConnected === true;
  }

  /** Ask which commands there are: some may have ended while nothing was heard. Without an answer what is known stays. */
  async refresh(): Promise<void> {
    this.#tries.clear();
    for (const [id, standing] of this.#standing) if (!standing.holds) this.#leave(id);
    const path = inWorkspace(`cards?console=${encodeURIComponent(this.terminal.consoleId)}&limit=${LISTED}`);
    const { cards } = await api.get<{ cards: Card[] }>(path).catch(() => ({ cards: [] }));
    this.take(cards.reverse());
  }

  /** Commands that began or ended, the oldest first. */
  take(cards: readonly Card[]): void {
    const epoch = consoleById(this.terminal.consoleId)?.epoch;
    for (const card of cards) {
      if (card.epoch !== epoch) continue; // their offsets mean other lines by now
      if (card.state === "running" && this.#cards.get(card.id)?.state === "ended") continue; // an answer that was on its way
      this.#cards.set(card.id, card);
      if (this.current.peek()?.id === card.id) this.current.value = card;
    }
    for (const { id } of this.cards.slice(0, -MAX_CARDS)) this.#forget(id);
    this.#place();
  }

  card(id: number): Card | undefined {
    return this.#cards.get(id);
  }

  /** All that are known, the oldest first. */
  get cards(): readonly Card[] {
    return [...this.#cards.values()].sort((a, b) => a.id - b.id);
  }

  /** The row of a command; null where the terminal does not hold it, or it may be another one's. */
  rowOf({ id }: Card): number | null {
    const row = this.#standing.get(id)?.row ?? -1;
    return this.placed(row, row + 1).some((one) => one.id === id) ? row : null;
  }

  /** The commands that stand in rows from `first` until before `end`, from the top. */
  placed(first: number, end: number): readonly Placed[] {
    const all = [...this.#standing].map(([id, standing]) => ({ id, row: standing.row, standing }));
    return alone(all.filter(({ row, standing }) => row >= Math.max(0, first) && row < end && standing.holds));
  }

  /** Go to the command before or after the one that is shown, and before that to its beginning, where that is above what is in sight.
   * Returns false where there is none to go to. */
  step(by: 1 | -1): boolean {
    const { term } = this.terminal;
    const here = this.current.peek();
    const begins = here && this.rowOf(here);
    const to = by < 0 && begins !== null && begins < term.buffer.active.viewportY ? here : neighbour(this.cards, here?.id ?? null, by);
    const row = to && this.rowOf(to);
    if (row !== null) term.scrollToLine(Math.max(0, row - this.#above));
    else if (to) term.scrollToTop();
    else term.scrollToBottom();
    this.show(to);
    return to !== null;
  }

  /** Stand before all that a command printed, or where that is more than fits before its end. Returns false where the terminal does not
   * hold it. */
  reveal(card: Card): boolean {
    const { term } = this.terminal;
    const lines = term.buffer.active.type === "normal" ? linesOf(this, card) : null;
    if (!lines) return false;
    term.scrollToLine(topOf(lines, term.rows, this.#above));
    this.show(card);
    return true;
  }

  /** The command that was gone to has its row now: the bar said that it is not held. */
  #came(card: Card): void {
    const { term } = this.terminal;
    const row = this.rowOf(card);
    if (row !== null && this.#stood === term.buffer.active.viewportY) term.scrollToLine(Math.max(0, row - this.#above));
    this.show({ ...card });
  }

  /** The bar came, or is of another height: it covers no row that was gone to, as long as nobody scrolled on from there. */
  barChanged(): void {
    const { term } = this.terminal;
    const here = this.current.peek();
    const under = here ? (this.rowOf(here) ?? -1) - term.buffer.active.viewportY : -1;
    if (this.#stood === term.buffer.active.viewportY && under >= 0 && under < this.#margin.rowsUnderBar) {
      term.scrollLines(under - this.#above);
      this.#stood = term.buffer.active.viewportY;
    }
    this.#margin.draw();
  }

  /** What was gone to stands so many rows below the top. */
  get #above(): number {
    return Math.max(Math.floor(this.terminal.term.rows / 4), this.#margin.rowsUnderBar);
  }

  /** Have this command marked, or none, where it was gone to. */
  show(to: Card | null): void {
    this.#stood = this.terminal.term.buffer.active.viewportY;
    this.current.value = to;
    this.#margin.draw();
  }

  #forget(id: number): void {
    this.#leave(id);
    this.#cards.delete(id);
  }

  #leave(id: number): void {
    this.#standing.get(id)?.dispose();
    this.#standing.delete(id);
  }

  /** No row is held any more. What a snapshot brings back is looked for once it is drawn. */
  #emptied(): void {
    for (const standing of this.#standing.values()) standing.dispose();
    for (const { standing } of this.#begun.splice(0)) standing.dispose();
  }

  #began(at: number | null, marker: IMarker): void {
    this.#begun.push({ at, from: this.terminal.channel?.parsed ?? 0, standing: new Standing(this.terminal.term, marker) });
    if (this.#begun.length > MAX_BEGUN) this.#begun.shift()?.standing.dispose();
    this.#place();
  }

  #place(): void {
    for (const [id, card] of this.#cards) {
      if (this.#standing.has(id)) continue;
      const at = begunOf(card, this.#begun);
      const [begun] = at < 0 ? [] : this.#begun.splice(at, 1);
      if (begun) this.#standing.set(id, begun.standing);
    }
    this.#margin.draw();
    this.#waits = this.#lost(Infinity).length > this.#lost().length;
    this.#lookSoon(SOON_MS);
  }

  #lookSoon(ms: number): void {
    if (this.#looking === undefined && this.#lost().length > 0) this.#looking = setTimeout(() => void this.#look(), ms);
  }

  /** The commands that began before `head`, the newest output here, and have no row. */
  #lost(head = this.#head()): Card[] {
    return [...this.#cards.values()].filter(({ id, start }) => start <= head && !this.#standing.has(id) && (this.#tries.get(id) ?? 0) < MAX_TRIES);
  }

  #head(): number {
    const { channel } = this.terminal;
    return channel?.state.peek() === "live" ? channel.parsed : -1;
  }

  async #look(): Promise<void> {
    const lost = this.#lost();
    for (const { id } of lost) this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
    const found = await findCommands(this.terminal, lost).catch(() => new Map<number, IMarker>()); // without the network there are none
    for (const [id, marker] of found) {
      const card = this.#cards.get(id);
      if (card && !this.#standing.has(id)) this.#standing.set(id, new Standing(this.terminal.term, marker, card.kind !== "run"));
      else marker.dispose();
    }
    this.#looking = undefined;
    const here = this.current.peek();
    if (here && found.has(here.id)) this.#came(here);
    this.#margin.draw();
    this.#lookSoon(AGAIN_MS); // a row that was being printed reads otherwise a moment later
  }
}
