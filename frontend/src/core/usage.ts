/** What a workspace uses against its limits, in words, and when to warn. */

import type { Usage } from "../told";
import { ofLimit } from "./sizes";

export type Resource = "memory" | "cpu" | "disk" | "files" | "processes";

/** From here on a warning, which stays until it is well below: figures flicker. */
const WARN_FROM = 0.8;
const CALM_BELOW = 0.7;

/** One resource as it is shown. */
export interface Gauge {
  readonly resource: Resource;
  readonly word: string;
  /** "0.4 of 2.0 GiB". */
  readonly value: string;
  /** "20 %"; without a limit as `value`. */
  readonly short: string;
  /** 0 to 1 of the limit; null where there is none. */
  readonly share: number | null;
  /** How many characters `value` has at most while the limit stays: what stands after it does not move. */
  readonly widest: number;
}

/** What is next to nothing of a larger unit, and so said in its own. */
const SOME_KIB = 50 * 1024;
const SOME_MIB = 50 * 1024 * 1024;
const WIDEST_SIZE = "1023\u00a0MiB".length;
const WIDEST_PERCENT = "100\u00a0%".length;

/** What the status line and the panel show, in their order. */
export function gauges({ memory, cpu, disk, processes }: Usage): Gauge[] {
  const found = [
    gauge("memory", "Memory", memory.used, memory.limit, ofLimit, WIDEST_SIZE),
    gauge("cpu", "CPU", cpu.percent, cpu.limit, ofPercent, WIDEST_PERCENT),
  ];
  if (disk) {
    found.push(gauge("disk", "Disk", disk.used, disk.limit, ofLimit, WIDEST_SIZE));
    if (disk.files_limit > 0) found.push(gauge("files", "Files", disk.files, disk.files_limit, ofCount, 0));
  }
  found.push(gauge("processes", "Processes", processes.used, processes.limit, ofCount, 3));
  return found;
}

function gauge(resource: Resource, word: string, used: number, limit: number, said: (used: number, limit: number) => string, free: number): Gauge {
  const share = limit > 0 ? Math.min(1, used / limit) : null;
  const value = said(used, limit);
  const short = share === null ? value : percent(share * 100);
  const some = [SOME_KIB, SOME_MIB, Math.round(limit * 0.95), limit].filter((each) => each <= limit);
  const widest = limit > 0 ? Math.max(...some.map((each) => said(each, limit).length)) : free;
  return { resource, word, value, short, share, widest };
}

function percent(value: number): string {
  return `${Math.round(value)}\u00a0%`;
}

function ofPercent(used: number, limit: number): string {
  return limit > 0 ? `${Math.round(used)} of ${percent(limit)}` : percent(used);
}

export function ofCount(used: number, limit: number): string {
  return limit > 0 ? `${count(used)} of ${count(limit)}` : count(used);
}

function count(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", "\u202f");
}

/** What is high, given what was. `crossed`: what was not before. The processor is never: a program that computes uses
 * all of it, and is slowed at most. */
export function pressure(before: ReadonlySet<Resource>, usage: Usage): { high: ReadonlySet<Resource>; crossed: readonly Resource[] } {
  const high = new Set<Resource>();
  for (const { resource, share } of gauges(usage)) {
    if (resource === "cpu" || share === null) continue;
    if (share >= (before.has(resource) ? CALM_BELOW : WARN_FROM)) high.add(resource);
  }
  if (usage.disk?.full) high.add("disk");
  return { high, crossed: [...high].filter((resource) => !before.has(resource)) };
}

export function isFull(usage: Usage | null): boolean {
  return usage?.disk?.full === true;
}

/** What to say now, `crossed` being what was not high before. That the disk is full is said also where it was said to be
 * near it, and in one sentence for space and number of files. */
export function dueWarnings(crossed: readonly Resource[], before: Usage | null, now: Usage): ReadonlySet<Resource> {
  const due = new Set(crossed);
  if (!isFull(now)) return due;
  due.delete("files");
  if (!isFull(before)) due.add("disk");
  return due;
}

/** "Workspace: Memory 0.4 of 2.0 GiB, CPU 12 %, …", for who does not see the line. */
export function spoken(shown: readonly Gauge[]): string {
  return `Workspace: ${shown.map(({ word, value }) => `${word} ${value}`).join(", ")}`;
}

/** "Memory, CPU, disk": words that begin a line, one after the other. */
export function inARow(words: readonly string[]): string {
  return words.map((word, index) => (index === 0 || /^[A-Z]{2}/.test(word) ? word : word.toLowerCase())).join(", ");
}
