/** The size of letters without fingers, and whether fingers may change it. */

import { LARGEST_PX, type Letters, lockPinch, pinchLocked, SMALLEST_PX } from "./letters";
import type { MenuEntry, MenuItem } from "./menu";
import { openMenu } from "./overlays";

/** `where` says which letters: "in every terminal". */
export function lettersEntry(letters: Letters, where: string, anchor: Element): MenuItem {
  return { label: `Letters: ${letters.px} px…`, run: () => showLetters(letters, where, anchor) };
}

/** It comes again after a step: one is seldom enough. */
function showLetters(letters: Letters, where: string, anchor: Element): void {
  const { px, isChosen } = letters;
  const step = (to: number): void => {
    letters.choose(to);
    showLetters(letters, where, anchor);
  };
  const entries: readonly MenuEntry[] = [
    { heading: `${px} px, ${where} of this device` },
    { label: "Larger", disabled: px >= LARGEST_PX, run: () => step(px + 1) },
    { label: "Smaller", disabled: px <= SMALLEST_PX, run: () => step(px - 1) },
    { label: "As usual", disabled: !isChosen, run: () => letters.choose(null) },
    "line",
    { label: "Two fingers change the size", checked: !pinchLocked.peek(), run: () => lockPinch(!pinchLocked.peek()) },
  ];
  openMenu(anchor, "Letters", entries);
}
