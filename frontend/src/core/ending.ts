/** How and when a session ended, and words for times. */

import type { LimitReached } from "../told";

export interface Ended {
  /** Seconds since the epoch. */
  readonly started: number | null;
  readonly ended: number | null;
  readonly exit: {
    readonly how: string;
    readonly status: number;
    readonly cause?: string;
    readonly limit?: LimitReached;
  } | null;
}

/** "03:12" where the person is. */
export function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** "03:12", and on another day than `now` (milliseconds) "Nov 18, 03:12". */
export function moment(seconds: number, now: number = Date.now()): string {
  const at = new Date(seconds * 1000);
  if (at.toDateString() === new Date(now).toDateString()) return timeOfDay(seconds);
  return `${at.toLocaleDateString([], { month: "short", day: "numeric" })}, ${timeOfDay(seconds)}`;
}

/** Whether it ended as programs should, or together with the whole server: it did not fail. */
export function endedWell(exit: Ended["exit"]): boolean {
  return exit !== null && (exit.how === "stopped" || (exit.how === "exit" && exit.status === 0));
}

/** "8 s", "2 min 5 s", "2 h 11 min", "3 d 4 h": the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: [name: string, size: number][] = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  let rest = whole;
  const parts: string[] = [];
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(" ");
}
