/** How far a program says it is: a thin bar at the upper edge of its tab. */

import { shownTitle } from "../core/naming";
import type { ConsoleInfo, Progress } from "../told";

const WORDS: Record<Progress["state"], string> = { set: "", error: "failed", indeterminate: "working", paused: "paused" };

/** "40 %", "failed at 40 %", "working". */
export function progressWords({ state, percent }: Progress): string {
  if (percent === null) return WORDS[state] || "working";
  return state === "set" ? `${percent} %` : `${WORDS[state]} at ${percent} %`;
}

export function ProgressBar({ info, column }: { info: ConsoleInfo | null; column: number }) {
  const progress = info?.progress;
  if (!info || !progress) return null;
  const { state, percent } = progress;
  return (
    <div
      class={`console-progress ${state}`}
      role="progressbar"
      aria-label={`Progress in ${shownTitle(info)}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      aria-valuetext={progressWords(progress)}
      style={{ gridColumn: column }}
    >
      <span style={{ width: `${percent ?? 100}%` }} />
    </div>
  );
}
