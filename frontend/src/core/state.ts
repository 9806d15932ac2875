/** The state of a console by shape, colour and word. */

import type { LimitReached } from "../told";
import { type Ended, endedWell } from "./ending";
import { type Prompting, waitsForCommand } from "./prompt";

export interface State {
  readonly mark: string;
  readonly look: "idle" | "busy" | "waiting" | "unknown" | "ended" | "failed" | "limit";
  readonly word: string;
}

/** `live`: whether the server is heard. What it said last may be over by now; only an end is final. */
export function stateOf(console: Prompting & Pick<Ended, "exit">, live: boolean): State {
  const { state, exit } = console;
  if (state === "running") {
    const idle = waitsForCommand(console);
    const word = idle ? "ready" : "running";
    if (!live) return { mark: "○", look: "unknown", word: `${word} when last heard of` };
    if (console.waiting) return { mark: "?", look: "waiting", word: "waits for your answer" };
    return { mark: "●", look: idle ? "idle" : "busy", word };
  }
  if (exit?.how === "limit") return { mark: "!", look: "limit", word: exit.limit ? LIMIT_WORDS[exit.limit.name] : "ended by a limit" };
  if (exit?.how === "stopped") return { mark: "■", look: "ended", word: exit.limit?.name === "sleep" ? "asleep" : "stopped" };
  if (endedWell(exit)) return { mark: "✓", look: "ended", word: "ended" };
  return { mark: "×", look: "failed", word: exit?.how === "exit" ? `failed (${exit.status})` : "failed" };
}

const LIMIT_WORDS: Record<LimitReached["name"], string> = {
  memory: "ended by the memory limit",
  processes: "ended by the limit of processes",
  disk: "ended by the disk limit",
  lifetime: "its time is over",
  sleep: "asleep",
};
