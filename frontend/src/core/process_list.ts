/** The list of a workspace's processes: its order, and what is said of each. */

import type { Process } from "../told";
import { duration } from "./ending";
import { size } from "./sizes";

export type Order = "memory" | "cpu";

/** Sorted, the machinery's own last. With `held`, the pids of the list before, who was there keeps its place: nothing may
 * move while a finger is about to end something. */
export function ordered(all: readonly Process[], by: Order, held: readonly number[] | null): Process[] {
  const weight = (one: Process): number => (by === "memory" ? one.memory : (one.cpu_percent ?? 0));
  const rank = (one: Process): number => (one.kind === "ide" ? 1 : 0);
  const sorted = [...all].sort((a, b) => rank(a) - rank(b) || weight(b) - weight(a) || a.pid - b.pid);
  if (held === null) return sorted;
  const place = (one: Process): number => {
    const at = held.indexOf(one.pid);
    return at < 0 ? held.length : at;
  };
  return sorted.sort((a, b) => place(a) - place(b));
}

/** "12 %", "–" before it was measured. */
export function cpuOf({ cpu_percent: percent }: Process): string {
  return percent === null ? "–" : `${Math.round(percent)}\u00a0%`;
}

export function memoryOf({ memory }: Process): string {
  return size(memory);
}

/** How long it has run; the clocks of server and device differ a little. `now` in seconds. */
export function ageOf({ started }: Process, now: number): string {
  return duration(Math.max(0, now - started)).replaceAll(" ", "\u00a0");
}

/** What stands beside the command: where it was started, and whether it has left. `title` is the console's. */
export function whereOf({ kind, console }: Process, title: string): string {
  if (kind === "ide") return "the workspace itself";
  const from = title || (console === null ? "" : "a removed console");
  if (kind !== "detached") return from;
  return from ? `detached from ${from}` : "detached";
}

/** The command line, without what nobody typed: where programs lie, and how our own are started. */
export function commandOf(one: Process): string {
  const name = nameOfProcess(one);
  if (one.kind === "ide" || (one.kind === "console" && name === "bash")) return name;
  const first = one.command.split(" ", 1)[0] ?? "";
  return name === one.command ? name : name + one.command.slice(first.length);
}

/** The program's name, as people call it. */
export function nameOfProcess({ command }: Process): string {
  const first = command.split(" ", 1)[0] ?? "";
  return first.slice(first.lastIndexOf("/") + 1) || command || "A process";
}
