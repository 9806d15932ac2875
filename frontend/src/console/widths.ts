/** How many cells a character takes: as the keeper's screen engine counts, so that a screen that is
 * rebuilt from a snapshot looks as it did while it was printed. */

import { UnicodeV11 } from "xterm:unicode11";

/** Regional indicators: the engine gives each half of a flag two cells. */
const FIRST_INDICATOR = 0x1f1e6;
const LAST_INDICATOR = 0x1f1ff;

export class EngineWidths extends UnicodeV11 {
  override readonly version = "engine";

  override wcwidth(codepoint: number): 0 | 1 | 2 {
    if (codepoint >= FIRST_INDICATOR && codepoint <= LAST_INDICATOR) return 2;
    return super.wcwidth(codepoint);
  }
}
