/** The state of a console by shape, colour and word. */

import { type Ended, endedWell } from "./ending";
import { type Prompting, waitsForCommand } from "./prompt";

export interface State {
  readonly mark: string;
  readonly look: "idle" | "busy" | "unknown" | "ended" | "failed";
  readonly word: string;
}

/** `live`: whether the server is heard. What it said last may be over by now; only an end is final. */
export function stateOf(console: Prompting & Pick<Ended, "exit">, live: boolean): State {
  const { state, exit } = console;
  if (state === "running") {
    const idle = waitsForCommand(console);
    const word = idle ? "ready" : "running";
    if (!live) return { mark: "○", look: "unknown", word: `${word} when last heard of` };
    return { mark: "●", look: idle ? "idle" : "busy", word };
  }
  if (endedWell(exit)) return { mark: "✓", look: "ended", word: "ended" };
  return { mark: "×", look: "failed", word: exit?.how === "exit" ? `failed (${exit.status})` : "failed" };
}
