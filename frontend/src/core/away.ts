/** Coming back to a console: what is said, and which row reading stopped at. */

import { duration, timeOfDay } from "./ending";
import { type Prompting, waitsForCommand } from "./prompt";

export interface Missed {
  readonly seconds: number;
  readonly lines: number;
  /** Whether there were more lines than were counted. */
  readonly more: boolean;
}

export interface NowShown extends Prompting {
  readonly ended: number | null;
}

/** "Away 41 min · 412 new lines · still running". `counted` is false where lines mean nothing. */
export function awaySentence({ seconds, lines, more }: Missed, now: NowShown, counted = true): string {
  const parts = [`Away ${duration(Math.floor(seconds / 60) * 60)}`];
  if (counted && lines > 0) {
    const number = lines.toLocaleString("en-US").replaceAll(",", "\u2009");
    parts.push(`${more ? "more than " : ""}${number} new ${lines === 1 ? "line" : "lines"}`);
  }
  if (now.state === "ended") parts.push(now.ended === null ? "ended" : `ended ${timeOfDay(now.ended)}`);
  else parts.push(waitsForCommand(now) ? "at the prompt" : "still running");
  return parts.join(" · ");
}

/** The row that `lines` newlines lie below: the first row of the line where reading stopped, 0 when it
 * is not kept any more. `isWrapped` says whether a row goes on with the line of the row above. */
export function rowWhereReadingStopped(cursorRow: number, lines: number, isWrapped: (row: number) => boolean): number {
  let row = cursorRow;
  for (let left = lines; ; left -= 1) {
    while (row > 0 && isWrapped(row)) row -= 1;
    if (left === 0 || row === 0) return row;
    row -= 1;
  }
}
