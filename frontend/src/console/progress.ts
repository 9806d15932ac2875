/** How far a program says it is, in words. */

import type { Progress } from "../told";

const WORDS: Record<Progress["state"], string> = { set: "", error: "failed", indeterminate: "working", paused: "paused" };

/** "40 %", "failed at 40 %", "working". */
export function progressWords({ state, percent }: Progress): string {
  if (percent === null) return WORDS[state] || "working";
  return state === "set" ? `${percent} %` : `${WORDS[state]} at ${percent} %`;
}
