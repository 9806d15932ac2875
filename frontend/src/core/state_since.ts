/** What a console does, and since when. */

import { duration, type Ended } from "./ending";
import { endedSentence } from "./how_ended";
import { type Prompting, waitsForCommand } from "./prompt";
import { stateOf } from "./state";

const LOOP_SECONDS = 5;

export interface Stated extends Prompting, Ended {
  /** What Bash runs; times are seconds since the epoch. An older keeper does not say it. */
  readonly foreground?: { readonly command: string; readonly started: number } | null;
}

/** "running “make” for 12 min", "ready, started 3 h ago", "Ended 03:12, exit 1, after 8 s". `now` in seconds; `clock`
 * says a time. */
export function stateSince(console: Stated, live: boolean, now: number, clock: (seconds: number) => string): string {
  if (console.state === "ended") return endedSentence(console, clock).replace(/\.$/, "");
  const { word, look } = stateOf(console, live);
  if (look === "unknown") return word;
  const { started } = console;
  if (look === "busy") {
    const runs = runsSince(console);
    if (runs) return `${word}${runs.what && ` ${runs.what}`}${soFar(runs.started, now)}`;
  }
  return started === null ? word : `${word}, started ${since(started, now)} ago`;
}

/** What would end with a console that is busy. `now` in seconds. */
export function whatRuns(console: Stated, now: number): string {
  if (console.kind === "python") return `${waitsForCommand(console) ? "Its" : "It computes, and its"} variables and imports would be gone.`;
  const runs = runsSince(console);
  if (runs) return `Running${soFar(runs.started, now)}: ${runs.what || "a program"}.`;
  return `Something runs in it${console.started === null ? "" : `; it was started ${since(console.started, now)} ago`}.`;
}

/** What runs, in quotes ("" where it has no name of its own), and since when; null when that is not known. */
function runsSince({ kind, started, foreground }: Stated): { what: string; started: number } | null {
  if (kind === "run" && started !== null) return { what: "", started };
  if (!foreground) return null;
  return { what: foreground.command && `“${foreground.command}”`, started: foreground.started };
}

/** " for 8 s". A loop of the shell runs one command after the other: how long the newest has run says nothing of it. */
function soFar(started: number, now: number): string {
  return now - started < LOOP_SECONDS ? "" : ` for ${since(started, now)}`;
}

/** The clocks of server and device differ a little. */
function since(started: number, now: number): string {
  return duration(Math.max(1, now - started));
}
