/** How far a program says it is: a thin bar at the upper edge of its tab. */

import { shownTitle } from "../core/naming";
import type { ConsoleInfo, Progress } from "../told";
import { progressWords } from "./progress";

export function ProgressBar({ info, progress, column }: { info: ConsoleInfo; progress: Progress; column: number }) {
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
