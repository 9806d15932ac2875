/** Words for how a session ended. */

import type { LimitReached } from "../told";
import { duration, type Ended } from "./ending";
import { ofLimit } from "./sizes";

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
