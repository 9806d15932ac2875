/** What is said of a card, the entry of a command, a statement or a run: how it is, when it was, what it took. */

import type { Card } from "../told";
import { duration } from "./ending";
import { howItEnded } from "./how_ended";
import { size } from "./sizes";
import type { State } from "./state";

/** What a shell says for a program that a signal ended, above the signal's number. */
const SIGNALLED = 128;
const LAST_SIGNAL = 64;
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
/** Below so many seconds the parts of one count. */
const SHORT_SECONDS = 10;
/** Less is not told apart from nothing. */
const LEAST_SECONDS = 0.01;

/** How it is by shape, colour and word: the mark of a card wherever it is shown. */
export function cardState(card: Pick<Card, "kind" | "state" | "how" | "status" | "exception">): State {
  const { kind, state, how, status, exception } = card;
  if (state === "running") return { mark: "●", look: "busy", word: "running" };
  if (how === "limit") return { mark: "!", look: "limit", word: "ended by a limit" };
  if (how === "stopped") return { mark: "■", look: "ended", word: "stopped" };
  if (how !== "exit") return { mark: "×", look: "failed", word: howItEnded(how ?? "lost", status ?? 0) };
  if (exception !== null) return { mark: "×", look: "failed", word: exception === "KeyboardInterrupt" ? "interrupted" : exception };
  if (status === null) return { mark: "○", look: "unknown", word: "ended, nobody knows how" };
  if (status === 0) return { mark: "✓", look: "ended", word: "finished" };
  return { mark: "×", look: "failed", word: kind === "command" ? statusWords(status) : `failed (${status})` };
}

/** Whether it ended otherwise than as it should, as the keeper's filter "failed" has it. */
export function hasFailed(card: Pick<Card, "kind" | "state" | "how" | "status" | "exception">): boolean {
  const { look } = cardState(card);
  return look === "failed" || look === "limit";
}

/** The status of a shell's command, which has words for some. */
function statusWords(status: number): string {
  if (status === NOT_FOUND) return "not found (127)";
  if (status === NOT_RUNNABLE) return "could not be run (126)";
  if (status > SIGNALLED && status <= SIGNALLED + LAST_SIGNAL) return howItEnded("signal", status - SIGNALLED);
  return `failed (${status})`;
}

/** What was typed, in one line; a sentence where it was not noted. */
export function commandOf({ command }: Pick<Card, "command">): string {
  return command.replace(/\s*\n\s*/g, " ⏎ ") || "a command that was not noted";
}

/** How long it took, or runs by now, in seconds; `now` in seconds. The clocks of server and device differ a little. */
export function wallSeconds({ started, ended }: Pick<Card, "started" | "ended">, now: number): number {
  return Math.max(0, (ended ?? now) - started);
}

/** "< 0.01 s", "0.24 s", "3.5 s", "12 s", "2 h 11 min", with spaces that do not break. */
export function span(seconds: number): string {
  if (seconds < LEAST_SECONDS) return `<\u00a0${LEAST_SECONDS}\u00a0s`;
  const words = seconds >= SHORT_SECONDS ? duration(seconds) : `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  return words.replaceAll(" ", "\u00a0");
}

/** How long it runs by now, for a clock that moves once a second: "4 s", "2 min 5 s". */
export function clockOf(card: Pick<Card, "started" | "ended">, now: number): string {
  return duration(Math.floor(wallSeconds(card, now))).replaceAll(" ", "\u00a0");
}

/** "1.2 s", "–" where it was not measured. */
export function cpuOf({ cpu_seconds: cpu }: Pick<Card, "cpu_seconds">): string {
  return cpu === null ? "–" : span(cpu);
}

/** "312 MiB", "–" where it was over too soon to be looked at. */
export function peakOf({ peak_bytes: peak }: Pick<Card, "peak_bytes">): string {
  return peak === null ? "–" : size(peak);
}

/** How that is known: "sampled" is a look a second. */
export function peakHow({ peak_bytes: peak, peak_how: how }: Pick<Card, "peak_bytes" | "peak_how">): string {
  return peak !== null && how === "sampled" ? "sampled" : "";
}
