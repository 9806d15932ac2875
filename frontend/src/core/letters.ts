/** Letters of bells in words, and which of them a page missed. */

export interface Told {
  readonly title: string;
  readonly console_title: string;
  readonly ending: string;
}

export const MOST_LISTED = 20;
const DAY_SECONDS = 24 * 60 * 60;

export interface Came {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** The number of the letter above which all are new here. `heard` is what this device noted, null on its first visit; after a
 * journal was lost numbers begin anew. */
export function heardUpTo(heard: string | null, newest: number): number {
  const number = Number(heard);
  return number <= newest ? number : 0;
}

/** What a device asks for. One that was never here is not told of what another has told. */
export function missedQuery(heard: string | null, newest: number): string {
  return heard === null ? "unseen=1" : `after=${heardUpTo(heard, newest)}`;
}

/** Those to tell of, up to the `newest` that there was when the page came: later ones it is told as they come. A device that was
 * never here gets those of one day. */
export function missedOf<T extends Came>(letters: readonly T[], heard: string | null, newest: number, now: number): readonly T[] {
  return letters.filter(({ id, at }) => id <= newest && (heard !== null || now - at < DAY_SECONDS));
}

/** What a notice says of them, `last` being the newest in words. */
export function missedWords(count: number, last: string): string {
  return count === 1 ? `While you were away: ${last}` : `While you were away, ${count} bells rang. The last: ${last}`;
}

/** "train.py finished after 3 min." of a console, "“make” in Bash finished after 3 min." of a command, which may have any words. */
export function letterSentence({ title, console_title, ending }: Told): string {
  return `${console_title === title ? title : `“${title}” in ${console_title}`} ${ending}.`;
}
