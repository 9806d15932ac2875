/** Output that was not recorded begins a log's offsets anew: what was noted before then means other lines. */

import { consoleById } from "../console/store";
import { say } from "../shell/notices";
import type { Card } from "../told";

export const OTHER_LINES = "Output of this console was not recorded for a while since: the lines may be others.";

/** Whether offsets of a card, or of what else has an epoch, may be those of other lines by now. */
export function areOthers({ console, epoch }: Pick<Card, "console" | "epoch">): boolean {
  return consoleById(console)?.epoch !== epoch;
}

/** Say so where it is so. */
export function warnOfOthers(of: Pick<Card, "console" | "epoch">): void {
  if (areOthers(of)) say(OTHER_LINES, "warn", null, "epoch");
}
