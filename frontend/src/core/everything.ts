/** What the search over everything found, in rows and in words. */

import { duration, moment } from "./ending";
import { size } from "./sizes";

/** A line, plain and matching by turns, the first plain. */
export type Parts = readonly string[];

/** An answer as docs/protocol.md says it, times in seconds. */
export interface Answer {
  readonly consoles: readonly Group[];
  readonly commands?: readonly Command[];
  readonly commands_more?: boolean;
  readonly commands_failed?: string;
  readonly unsearched: readonly Unsearched[];
  readonly failed: string;
}

interface Unsearched {
  readonly console: string;
  readonly bytes: number;
  readonly dropped: boolean;
  readonly from: number | null;
}

export interface Group {
  readonly console: string;
  readonly title: string;
  readonly epoch: string;
  readonly title_parts: Parts | null;
  readonly hits: readonly Hit[];
  readonly count: number;
  readonly more: boolean;
  /** Where to go on when the time was over before its newest line was found: what lies before was not looked at. */
  readonly left: Left | null;
}

interface Left {
  readonly at: number;
  readonly time: number | null;
}

export interface Hit {
  readonly at: number;
  readonly time: number | null;
  readonly parts: Parts;
}

export interface Command {
  readonly id: number;
  readonly console: string;
  readonly epoch: string;
  readonly first: number;
  readonly started: number;
  readonly parts: Parts;
}

/** Lines of a console in the log; without `at` the console. */
export interface Place {
  readonly console: string;
  readonly epoch: string;
  readonly at: number | null;
}

export interface Row {
  readonly key: string;
  /** Where it leads; null for more lines of `console`, and without one of all that are left. */
  readonly place: Place | null;
  readonly time: number | null;
  readonly parts: Parts;
  /** Whether it stands in the letters of code. */
  readonly code: boolean;
  readonly console: string;
  /** What its console is called, where that does not stand above it. */
  readonly where?: string;
}

const SEARCH_ON: Row = { key: "left", place: null, time: null, parts: ["Search on"], code: false, console: "" };

export interface Section {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly rows: readonly Row[];
}

/** What is shown, in its order: commands, then the consoles, the one with the newest line first, then the way on. `nameOf` says
 * what the page calls a console, undefined for one that it does not know. */
export function sectionsOf({ consoles, commands = [], commands_more }: Answer, going: boolean, nameOf: (console: string) => string | undefined = () => undefined): Section[] {
  const ran = commands.map(({ id, console, epoch, first, started, parts }): Row => (
    { key: `c${id}`, place: { console, epoch, at: first }, time: started, parts, code: true, console, where: nameOf(console) ?? "" }
  ));
  const sections: Section[] = ran.length > 0 ? [{ key: "commands", title: "Commands", detail: `${ran.length}${commands_more ? "+" : ""}`, rows: ran }] : [];
  sections.push(...consoles.filter(isShown).map((one) => ofConsole({ ...one, title: nameOf(one.console) ?? one.title })));
  if (!going && leftOf(consoles)) sections.push({ key: "left", title: "Older output", detail: "", rows: [SEARCH_ON] });
  return sections;
}

const isShown = ({ title_parts, hits, left }: Group): boolean => title_parts !== null || hits.length > 0 || left === null;

/** The console to go on with: all output of all of them that is newer was looked at. */
export function leftOf(consoles: readonly Group[]): (Group & { readonly left: Left }) | undefined {
  const some = consoles.filter((one): one is Group & { readonly left: Left } => Boolean(one.left));
  return some.sort((one, other) => (other.left.time ?? 0) - (one.left.time ?? 0))[0];
}

function ofConsole({ console, title, epoch, title_parts, hits, count, more, left }: Group): Section {
  const row = (key: string, at: number | null, time: number | null, parts: Parts, code: boolean): Row => (
    { key: `${console} ${key}`, place: { console, epoch, at }, time, parts, code, console }
  );
  const rows = hits.map(({ at, time, parts }) => row(String(at), at, time, parts, true));
  if (title_parts) rows.unshift(row("title", null, null, title_parts, false));
  if (!left && (more || count > hits.length)) rows.push({ ...row("more", null, null, ["More lines of this console"], false), place: null });
  const lines = count > 0 ? linesOf(count, more) : "";
  return { key: console, title, detail: lines, rows };
}

function linesOf(count: number, more: boolean): string {
  return `${count}${more ? "+" : ""} ${count === 1 && !more ? "line" : "lines"}`;
}

/**
 * Put what comes before the last line of a console behind it; what is there already, as asked for twice, does not come
 * again. A console that has its first lines now comes after those that are shown, below its title where that is shown.
 * Returns `answer` itself where nothing more was looked at, and no new trouble was told.
 */
export function extended(answer: Answer, id: string, { consoles, unsearched, failed }: Answer): Answer {
  const next = consoles.find(({ console }) => console === id);
  const before = answer.consoles.find(({ console }) => console === id);
  if (before?.left && next?.left && next.left.at >= before.left.at) return failed && !answer.failed ? { ...answer, failed } : answer;
  const first: Group[] = [];
  const joined = answer.consoles.flatMap((one) => {
    if (one.console !== id) return one;
    const last = one.hits.at(-1)?.at ?? Infinity;
    const others = (next?.hits ?? []).filter(({ at }) => at < last);
    const hits = [...one.hits, ...others];
    const more = next?.more ?? false;
    // What was counted behind those that came is still to be asked for.
    const known = hits.length + (next ? next.count - next.hits.length : 0);
    const now = { ...one, hits, more, left: next?.left ?? null, count: more ? Math.max(one.count, known) : known };
    if (isShown(one)) return now;
    if (more || hits.length > 0) first.push(now);
    return [];
  });
  // Each answer tells all gaps as they are then: those further back are told anew, those that were passed stay.
  const since = before?.left?.time ?? before?.hits.at(-1)?.time ?? Infinity;
  const passed = (one: Unsearched): boolean => (one.from ?? 0) >= since;
  const kept = answer.unsearched.filter((one) => one.console !== id || passed(one));
  return { ...answer, consoles: [...joined, ...first], unsearched: [...kept, ...unsearched.filter((one) => !passed(one))], failed: answer.failed || failed };
}

export interface Chosen {
  readonly at: number;
  readonly key?: string | undefined;
}

/** The row that was chosen, wherever it is by now: what comes later may stand above it. Without `key`, or once that row is gone, the one
 * at `at`. -1 where there is none. */
export function chosenIn(rows: readonly Row[], { at, key }: Chosen): number {
  const there = rows.findIndex((row) => row.key === key);
  return there >= 0 ? there : Math.min(at, rows.length - 1);
}

/** "3 commands and 12 lines in 2 consoles.": what a screen reader says too. */
export function foundWords(answer: Answer): string {
  const { consoles, commands = [], commands_more = false } = answer;
  const count = consoles.reduce((sum, one) => sum + one.count, 0);
  const parts: string[] = [];
  if (commands.length > 0) parts.push(`${commands.length}${commands_more ? "+" : ""} ${commands.length === 1 ? "command" : "commands"}`);
  const withLines = consoles.filter((one) => one.count > 0).length;
  if (count > 0) parts.push(`${linesOf(count, consoles.some(({ more }) => more))} in ${withLines === 1 ? "1 console" : `${withLines} consoles`}`);
  const titles = consoles.filter(({ title_parts }) => title_parts).length;
  if (titles > 0) parts.push(titles === 1 ? "1 title" : `${titles} titles`);
  if (parts.length > 0) return `${parts.join(", ")}.`;
  return leftOf(consoles) ? "" : "Nothing found that has all of these words in one line.";
}

/** What was not searched, a sentence for each reason. `now` in seconds; `going`: the search goes on by itself. */
export function missedWords({ consoles, commands = [], commands_more, unsearched, failed, commands_failed = "" }: Answer, now: number, going = false): string[] {
  const sentences: string[] = [];
  const late = unsearched.filter(({ dropped }) => !dropped);
  if (late.length > 0) {
    const since = late.reduce((first, { from }) => Math.min(first, from ?? first), now);
    const behind = now - since >= 60 ? `${duration(Math.floor((now - since) / 60) * 60)} behind` : "a moment behind";
    sentences.push(`Indexing is ${behind}: ${total(late)} are not searched yet.`);
  }
  const gone = unsearched.filter(({ dropped }) => dropped);
  if (gone.length > 0) sentences.push(`The oldest ${total(gone)} are not in the index any more. Earlier output of a console searches them.`);
  const left = leftOf(consoles);
  if (left && going) sentences.push("Searching on…");
  else if (left) sentences.push(`Searched back to ${left.left.time === null ? "a part of the output" : moment(left.left.time, now * 1000)}: there may be more. Rarer words are quicker.`);
  if (failed) sentences.push(`A part of the index could not be read (${failed}).`);
  if (commands_more && commands.length === 0) sentences.push("Older commands were not searched.");
  if (commands_failed) sentences.push(`Commands could not be searched (${commands_failed}).`);
  return sentences;
}

function total(some: Answer["unsearched"]): string {
  return size(some.reduce((sum, { bytes }) => sum + bytes, 0));
}
