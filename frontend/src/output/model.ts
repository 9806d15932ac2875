/** One view of a console's whole output, from opening to closing it. */

import { effect, signal } from "@preact/signals";
import { api, inWorkspace } from "../api";
import { link } from "../session";
import { say, sayError } from "../shell/notices";
import type { Card } from "../told";
import { giveKeys } from "../console/active";
import { consoleById } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { commandsOf } from "./commands";
import { warnOfOthers } from "./other_lines";
import { LogScroller } from "./scroller";
import type { Wanted } from "./search_stream";
import { LogSource } from "./source";

export class OutputModel {
  readonly consoleId: string;
  readonly source: LogSource;
  readonly scroller: LogScroller;
  readonly searching = signal(false);
  /** The command whose lines are marked. */
  readonly chosen = signal<Card | null>(null);
  /** What to search for as soon as the search is open. */
  readonly wantedSearch = signal<Wanted | null>(null);
  #wanted: number | Card | null;
  #steps: Promise<void> = Promise.resolve();

  /** `wanted` is the offset, or the command, to show first, null the end. */
  constructor(private readonly terminal: ConsoleTerminal, wanted: number | Card | null) {
    this.consoleId = terminal.consoleId;
    this.source = new LogSource(this.consoleId);
    this.scroller = new LogScroller(this.source, () => consoleById(this.consoleId)?.state === "running");
    this.#wanted = wanted;
    if (wanted !== null && typeof wanted !== "number") this.#noteChosen(wanted);
  }

  /** What to show when the view begins; once. */
  takeWanted(): number | Card | null {
    const wanted = this.#wanted;
    this.#wanted = null;
    return wanted;
  }

  /** Show what a command printed. */
  choose(card: Card): void {
    this.#noteChosen(card);
    void this.scroller.toRange(card.start, card.end);
  }

  /** Mark what a command printed, and stay. */
  mark(card: Card): void {
    this.#noteChosen(card);
    this.scroller.markRange({ first: card.start, end: card.end ?? Number.MAX_SAFE_INTEGER });
  }

  /** Learn how the marked command ends: what is printed after it is another's. Returns how to stop. */
  follow(): () => void {
    const told = (card: Card): void => {
      if (card.id !== this.chosen.peek()?.id) return;
      this.chosen.value = card;
      if (card.end !== null) this.scroller.markRange({ first: card.start, end: card.end });
    };
    const stopTelling = link.onEvent((event) => event.type === "card" && told(event.card));
    const stopAsking = effect(() => {
      const card = link.status.value === "connected" ? this.chosen.peek() : null; // what was told in a break is lost
      if (card?.state === "running") api.get<Card>(inWorkspace(`cards/${card.id}`)).then(told, () => undefined);
    });
    return () => {
      stopTelling();
      stopAsking();
    };
  }

  #noteChosen(card: Card): void {
    this.chosen.value = card;
    warnOfOthers(card);
  }

  /** The command before, or after, the one that is marked and in sight, else before or after what is in sight. Who goes on at once
   * goes on from there. */
  step(back: boolean): Promise<void> {
    const step = (): Promise<void> => this.#step(back);
    return (this.#steps = this.#steps.then(step, step));
  }

  async #step(back: boolean): Promise<void> {
    await this.scroller.arrived;
    const sight = this.scroller.sight.peek();
    const marked = this.chosen.peek();
    if (!sight) return;
    const there = marked && marked.start >= sight.first && marked.start <= sight.end;
    const at = there ? marked.start : back && this.scroller.following.peek() ? sight.end : sight.first;
    const found = commandsOf(this.consoleId, { limit: 1, ...(back ? { above: at } : { below: at }) });
    await found.then(({ cards: [card] }) => {
      if (card) this.choose(card);
      else say(back ? "There is no command before this." : "There is no command after this.", "info", null, "step");
    }, sayError);
  }

  leave(): void {
    this.chosen.value = null;
    this.scroller.markRange(null);
    this.scroller.focus();
  }

  endSearch(): void {
    this.searching.value = false;
    this.scroller.focus();
  }

  /** Back to the terminal, which has the keys again. */
  close(): void {
    this.terminal.over.value = null;
    giveKeys(() => this.terminal);
  }
}
