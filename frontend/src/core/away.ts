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
  if (counted && lines > 0) parts.push(`${more ? "more than " : ""}${amount(lines, "new ")}`);
  if (now.state === "ended") parts.push(now.ended === null ? "ended" : `ended ${timeOfDay(now.ended)}`);
  else parts.push(waitsForCommand(now) ? "at the prompt" : "still running");
  return parts.join(" · ");
}

/** "The first 12 345 new lines are in the whole output: download". */
export function aboveSentence(above: number, more: boolean): string {
  const which = above === 1 && !more ? "The first new line is" : `The first ${amount(above, "new ")}${more ? " and more" : ""} are`;
  return `${which} in the whole output: download`;
}

function amount(lines: number, kind: string): string {
  return `${lines.toLocaleString("en-US").replaceAll(",", "\u2009")} ${kind}${lines === 1 ? "line" : "lines"}`;
}

export interface Stopped {
  readonly row: number;
  /** How many of the lines that ended since are not held any more, or not whole. */
  readonly above: number;
}

/** Where reading stopped, `lines` newlines above the cursor: the first row of that line, or the oldest row when it is
 * not held any more. `isWrapped` says whether a row goes on with the line of the row above. */
export function whereReadingStopped(cursorRow: number, lines: number, isWrapped: (row: number) => boolean): Stopped {
  let row = cursorRow;
  for (let left = lines; ; left -= 1) {
    while (row > 0 && isWrapped(row)) row -= 1;
    if (left === 0) return { row, above: 0 };
    if (row === 0) return { row, above: isWrapped(0) ? left + 1 : left };
    row -= 1;
  }
}
