/** What the list of all that ran holds on this page: asked for a page at a time, and kept up by what the link tells. */

import { computed, effect, signal } from "@preact/signals";
import { api, ApiError, inWorkspace } from "../api";
import { consoles } from "../console/store";
import { ANYTHING, MOST_HELD, NONE, type Page, queryOf, type RunList, unheard, type Wanted, withNewest, withOlder, withTold } from "../core/run_list";
import { link } from "../session";
import type { Card } from "../told";

const PAGE = 100;
/** What was told only in part is asked for at most so often. */
const CATCH_UP_MS = 1000;
const TICK_MS = 1000;

class Runs {
  readonly wanted = signal<Wanted>(ANYTHING);
  /** In seconds since the epoch; moves while something that runs is listed. */
  readonly now = signal(Date.now() / 1000);
  readonly asking = signal(false);
  readonly trouble = signal("");
  /** Whether anything was answered since what is wanted changed. */
  readonly known = signal(false);
  /** Where the list was scrolled to when it was closed. */
  top = 0;
  readonly #list = signal<RunList>(NONE);
  #asks = 0;
  /** What was asked for last: what is older than this id, null for the newest. */
  #before: number | null = null;
  #newest = 0;
  #catching: ReturnType<typeof setTimeout> | undefined;

  /** Without what belongs to consoles that were removed. */
  readonly list = computed<RunList>(() => {
    const { cards, more } = this.#list.value;
    const all = consoles.value;
    if (all === null) return { cards, more };
    const known = new Set(all.map(({ id }) => id));
    const kept = cards.filter((card) => known.has(card.console));
    return { cards: kept.length === cards.length ? cards : kept, more };
  });

  /** Ask, and follow from now on. Returns how to stop. */
  start(): () => void {
    const stopTelling = link.onEvent((event) => {
      if (event.type === "card") this.#told(event.card);
    });
    let asked = false;
    const stopAsking = effect(() => {
      // Again after each break: what was told meanwhile is lost.
      if (link.status.value === "connected" && asked) this.#catchUp(0);
      asked = true;
    });
    if (this.top === 0) { // else what is new would push what was there away from under a finger
      this.#list.value = NONE;
      this.known.value = false;
    }
    void this.#ask(null);
    const ticking = setInterval(() => {
      if (!document.hidden && this.#list.peek().cards.some(({ state }) => state === "running")) this.now.value = Date.now() / 1000;
    }, TICK_MS);
    return () => {
      stopTelling();
      stopAsking();
      clearInterval(ticking);
      clearTimeout(this.#catching);
      this.#catching = undefined;
      this.#asks += 1;
      this.asking.value = false;
    };
  }

  want(more: Partial<Wanted>): void {
    this.wanted.value = { ...this.wanted.peek(), ...more };
    this.#list.value = NONE;
    this.known.value = false;
    this.top = 0;
    void this.#ask(null);
  }

  /** The next older page, unless one is on its way. */
  older(): void {
    const { cards, more } = this.#list.peek();
    const last = cards.at(-1);
    if (more && last && cards.length < MOST_HELD && !this.asking.peek() && !this.trouble.peek()) void this.#ask(last.id);
  }

  /** After something went wrong. */
  again(): void {
    void this.#ask(this.#before);
  }

  async #ask(before: number | null): Promise<void> {
    const mine = ++this.#asks;
    this.#before = before;
    this.asking.value = true;
    this.trouble.value = "";
    try {
      const page = await api.get<Page>(inWorkspace(`cards?${queryOf(this.wanted.peek(), before, PAGE)}`));
      const unsure = before === null && this.known.peek() ? unheard(this.#list.peek(), page) : [];
      const heard = await Promise.all(unsure.map(({ id }) => api.get<Card>(inWorkspace(`cards/${id}`)).catch(gone)));
      if (mine !== this.#asks) return;
      const held = this.#list.peek();
      this.#list.value = before === null ? (this.known.peek() ? withNewest(held, page) : page) : withOlder(held, page);
      for (const card of heard) if (card) this.#list.value = withTold(this.#list.peek(), card, this.wanted.peek());
      this.known.value = true;
      this.#newest = Math.max(this.#newest, page.cards[0]?.id ?? 0);
      this.now.value = Date.now() / 1000;
    } catch (error) {
      if (mine === this.#asks) this.trouble.value = error instanceof Error ? error.message : String(error);
    }
    if (mine === this.#asks) this.asking.value = false;
  }

  #told(card: Card): void {
    const missed = this.#newest > 0 && card.id > this.#newest + 1; // of many at once the newest alone are told
    this.#newest = Math.max(this.#newest, card.id);
    if (this.known.peek()) this.#list.value = withTold(this.#list.peek(), card, this.wanted.peek());
    this.now.value = Date.now() / 1000;
    if (missed) this.#catchUp(CATCH_UP_MS);
  }

  #catchUp(ms: number): void {
    this.#catching ??= setTimeout(() => {
      this.#catching = undefined;
      if (!this.asking.peek()) void this.#ask(null);
      else this.#catchUp(CATCH_UP_MS);
    }, ms);
  }
}

/** What the server has no more, as of a console that was removed, stays as it was told. */
function gone(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** One for the page: opened again, it shows what it showed. */
export const runs = new Runs();
