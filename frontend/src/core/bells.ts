/** Bells in words. */

import { duration } from "./ending";

export interface Wished {
  readonly when: string;
  readonly seconds: number | null;
  readonly text: string | null;
  readonly once: boolean;
  readonly card?: number | null;
  readonly command?: string | null;
}

/** "it" for a console, or the one command that a wish is about. */
export function wishSubject({ card, command }: Pick<Wished, "card" | "command">): string {
  return typeof card === "number" ? (command ? `“${command}”` : "this command") : "it";
}

/** "finishes after more than 5 min, every time": ends a sentence that begins with "Tell me when it". */
export function wishWords({ when, seconds, text, once }: Wished): string {
  return `${what(when, duration(seconds ?? 0), text ?? "")}${once ? "" : ", every time"}`;
}

function what(when: string, time: string, text: string): string {
  switch (when) {
    case "finished":
      return "finishes";
    case "finished_after":
      return `finishes after more than ${time}`;
    case "failed":
      return "fails";
    case "printed":
      return `prints “${text}”`;
    case "silent":
      return `prints nothing for ${time}`;
    case "waiting":
      return "waits for your answer";
    case "died":
      return "is ended by something else than you";
    default:
      return when; // from a later version
  }
}

export const MAX_BELL_TEXT_CHARS = 200;
const MOST_MINUTES = 7 * 24 * 60;

/** Whole seconds of a number of minutes as somebody typed it, null when it is none that will do. */
export function secondsOf(minutes: string): number | null {
  const value = Number(minutes.replace(",", "."));
  const seconds = Math.round(value * 60);
  return value <= MOST_MINUTES && seconds >= 1 ? seconds : null;
}
