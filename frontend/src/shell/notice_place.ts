/** Where notices lie: in the lowest gap between what is to be read or pressed. */

import { lowestGap, type Span } from "../core/free_gap";

const MARGIN_PX = 12;

/** From most to least considerate: where there is no gap between all of these, as over a list of files, one between the last. */
const KEPT_FREE = [
  "button, .banner, .console-ended, .console-note, .xterm-rows > :has(.xterm-cursor)",
  ".banner, .console-ended, .console-note, .console-says button, .top-actions",
];

/** Place the notices, and again when what they lie over changes; returns how to stop. */
export function placeNotices(notices: HTMLElement): () => void {
  const room = notices.parentElement;
  if (!room) return () => undefined;
  const place = (): void => {
    const bottom = gapIn(room, notices);
    notices.style.bottom = bottom === null ? "" : `${room.clientHeight - bottom}px`;
  };
  // What is said below a terminal or above a text takes its room.
  const observer = new ResizeObserver(place);
  for (const element of [room, notices, ...room.querySelectorAll(".console-host, .cm-editor")]) observer.observe(element);
  place();
  return () => observer.disconnect();
}

function gapIn(room: HTMLElement, notices: HTMLElement): number | null {
  const { top, height } = room.getBoundingClientRect();
  const mine = notices.getBoundingClientRect();
  for (const selector of KEPT_FREE) {
    const taken: Span[] = [];
    for (const element of room.querySelectorAll(selector)) {
      const box = element.getBoundingClientRect();
      const beside = box.right <= mine.left || box.left >= mine.right;
      if (beside || box.height === 0 || notices.contains(element) || getComputedStyle(element).visibility === "hidden") continue;
      taken.push({ top: box.top - top, bottom: box.bottom - top });
    }
    const gap = lowestGap(mine.height, height, MARGIN_PX, taken);
    if (gap !== null) return gap;
  }
  return null;
}
