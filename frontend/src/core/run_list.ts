/** The list of all that ran in a workspace: what of it is asked for, and how pages and news come together in it. Newest first. */

import type { Card } from "../told";
import { hasFailed } from "./card_words";

/** So many are held on a page; older ones are found by asking for less. */
export const MOST_HELD = 5000;

/** What is asked for; null and "" are anything. */
export interface Wanted {
  readonly text: string;
  readonly console: string | null;
  readonly kind: Card["kind"] | null;
  readonly state: "running" | "failed" | null;
}

export const ANYTHING: Wanted = { text: "", console: null, kind: null, state: null };

export interface RunList {
  /** The newest first, none twice. */
  readonly cards: readonly Card[];
  /** Whether there are older ones that fit. */
  readonly more: boolean;
}

/** As `cards.list` answers. */
export type Page = RunList;

export const NONE: RunList = { cards: [], more: true };

export function asksForAnything({ text, console, kind, state }: Wanted): boolean {
  return text.trim() === "" && console === null && kind === null && state === null;
}

/** What the server is asked: the cards that fit, `before` an id. */
export function queryOf({ text, console, kind, state }: Wanted, before: number | null, limit: number): string {
  const asked = Object.entries({ limit, text: text.replace(/\p{Cs}/gu, "").trim(), console, kind, state, before }).filter(([, value]) => value !== null && value !== "");
  return asked.map(([name, value]) => `${name}=${encodeURIComponent(value as string | number)}`).join("&");
}

/** Whether a card is one that is asked for, as the server sees it: of letters only those of ASCII have two cases. */
export function fits(card: Card, { text, console, kind, state }: Wanted): boolean {
  if (console !== null && card.console !== console) return false;
  if (kind !== null && card.kind !== kind) return false;
  if (state === "running" && card.state !== "running") return false;
  if (state === "failed" && !hasFailed(card)) return false;
  return lower(card.command).includes(lower(text.trim()));
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** With the next older page. */
export function withOlder({ cards }: RunList, page: Page): RunList {
  const last = cards.at(-1)?.id ?? Number.POSITIVE_INFINITY;
  return bounded([...cards, ...page.cards.filter(({ id }) => id < last)], page.more);
}

/** With a newly asked first page. Where it does not reach what is held, that is let go: nobody knows what lies between. */
export function withNewest(list: RunList, page: Page): RunList {
  const oldest = page.cards.at(-1)?.id;
  if (oldest === undefined || !page.more) return page;
  const newest = list.cards[0]?.id ?? 0;
  return newest < oldest ? page : bounded(merged(list.cards, page.cards), list.more);
}

/** Those that ran when they were last told, further down than a newly asked first page goes: they may have ended meanwhile. Of each
 * console it is one at most. */
export function unheard({ cards }: RunList, page: Page): readonly Card[] {
  const oldest = page.cards.at(-1)?.id ?? 0;
  return cards.filter(({ id, state }) => state === "running" && id < oldest);
}

/** With a card that began or ended. One that is held is told anew, whether it still fits or not: nothing goes from under a finger.
 * One older than all that is held comes with its page. */
export function withTold(list: RunList, card: Card, wanted: Wanted): RunList {
  const { cards, more } = list;
  if (cards.some(({ id }) => id === card.id)) return { cards: cards.map((one) => (one.id === card.id ? card : one)), more };
  if (!fits(card, wanted) || (more && card.id < (cards.at(-1)?.id ?? 0))) return list;
  return bounded(merged(cards, [card]), more);
}

function merged(cards: readonly Card[], told: readonly Card[]): Card[] {
  const all = new Map([...cards, ...told].map((card) => [card.id, card]));
  return [...all.values()].sort((a, b) => b.id - a.id);
}

function bounded(cards: readonly Card[], more: boolean): RunList {
  return cards.length > MOST_HELD ? { cards: cards.slice(0, MOST_HELD), more: true } : { cards, more };
}
