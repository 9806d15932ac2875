/** Words for how and when a session ended. */

import type { LimitReached } from "../told";
import { ofLimit } from "./sizes";

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

/** What Ctrl+C and Stop send: nobody killed anything. */
const INTERRUPT = 2;

const SIGNALS: Record<number, string> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

/** "Ended 03:12, exit 1, after 2 h 11 min.", "Ended 03:12 by the memory limit, 2.0 of 2.0 GiB, after 8 s." `clock` says a
 * time of day. */
export function endedSentence({ started, ended, exit }: Ended, clock: (seconds: number) => string): string {
  const parts = [ended === null ? "Ended" : `Ended ${clock(ended)}`];
  const { cause = "" } = exit ?? {};
  if (exit && !cause) {
    if (exit.how === "limit" && exit.limit) parts[0] += ` by the ${limitOf(exit.limit)}`;
    else parts.push(howItEnded(exit.how, exit.status));
  }
  if (started !== null && ended !== null) parts.push(`after ${duration(ended - started)}`);
  if (cause.startsWith(ENDED_BY)) return `${parts.join(", ")}, ${cause.slice(ENDED_BY.indexOf("by"))}`;
  return `${parts.join(", ")}.${cause && ` ${cause}`}`;
}

/** How the keeper's sentence on a limit begins: the time stands between. */
const ENDED_BY = "Ended by ";

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

/** "exit 1", "interrupted", "killed by SIGKILL": `how` is a word of EXIT. */
export function howItEnded(how: string, status: number): string {
  switch (how) {
    case "exit":
      return `exit ${status}`;
    case "signal":
      if (status === INTERRUPT) return "interrupted";
      return `killed by ${SIGNALS[status] ?? `signal ${status}`}`;
    case "reboot":
      return "the machine restarted";
    case "stopped":
      return "the server was stopped";
    case "limit":
      return "by a limit";
    default:
      return "its sandbox ended";
  }
}

/** "memory limit, 2.0 of 2.0 GiB": which one, and how near it was. */
export function limitOf({ name, used, limit }: LimitReached): string {
  switch (name) {
    case "memory":
    case "disk":
      return `${name} limit, ${ofLimit(used, limit)}`;
    case "processes":
      return `limit of processes, ${used} of ${limit}`;
    case "lifetime":
      return `limit of its lifetime, ${duration(limit)}`;
    case "sleep":
      return `workspace's sleep, after ${duration(limit)} without use`;
  }
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
