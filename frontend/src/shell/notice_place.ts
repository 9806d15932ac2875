/** Where notices lie: in the lowest gap between what is to be read or pressed. */

import { highestGap, lowestGap, type Span } from "../core/free_gap";
import { single } from "./screen";

const MARGIN_PX = 12;
/** A terminal may print all the time. */
const LOOK_AGAIN_MS = 300;

/** From most to least considerate: where there is no gap between all of these, as over a list of files, one between the last. */
const KEPT_FREE = ["button:not(.card-mark), .banner, .console-ended, .console-note", ".banner, .console-ended, .console-note, .console-says button, .top-actions"] as const;

/** Place the notices, and again when what they lie over changes; returns how to stop. */
export function placeNotices(notices: HTMLElement): () => void {
  const room = notices.parentElement;
  if (!room) return () => undefined;
  let goes = false;
  const place = (): void => {
    goes = goesElsewhere(room);
    const bottom = gapIn(room, notices);
    notices.style.bottom = bottom === null ? "" : `${room.clientHeight - bottom}px`;
  };
  // What is said below a terminal or above a text takes its room.
  const observer = new ResizeObserver(place);
  for (const element of [room, notices, ...room.querySelectorAll(".console-host, .cm-editor")]) observer.observe(element);
  // Rows come, the prompt moves, a bar is shown: what lies well stays where it is.
  let soon: ReturnType<typeof setTimeout> | undefined;
  const printed = new MutationObserver(() => {
    soon ??= setTimeout(() => {
      soon = undefined;
      if (goes !== goesElsewhere(room) || covers(room, notices, [...promptsIn(room), ...room.querySelectorAll(".console-says button")])) place();
    }, LOOK_AGAIN_MS);
  });
  printed.observe(room, { childList: true, subtree: true });
  place();
  return () => {
    observer.disconnect();
    printed.disconnect();
    clearTimeout(soon);
  };
}

function gapIn(room: HTMLElement, notices: HTMLElement): number | null {
  const { clientHeight: height } = room;
  const mine = notices.offsetHeight;
  const prompts = promptsIn(room);
  const [all, least] = KEPT_FREE.map((selector) => [...room.querySelectorAll(selector)]) as [Element[], Element[]];
  const free = (taken: readonly Element[], gap = lowestGap): number | null => gap(mine, height, MARGIN_PX, besides(room, notices, taken));
  // Where a terminal is all that is shown its end is what is read: below it, else as far above it as can be.
  const read = single.peek() && !goesElsewhere(room) ? (free([...all, ...textsIn(room)]) ?? free([...all, ...prompts], highestGap)) : null;
  return read ?? free([...all, ...prompts]) ?? free([...least, ...prompts]) ?? free(least);
}

/** Whether somebody goes from command to command, and reads below the bar for that. */
function goesElsewhere(room: HTMLElement): boolean {
  return [...room.querySelectorAll(".card-bar")].some((bar) => bar.checkVisibility({ visibilityProperty: true }));
}

/** What shows of these above or below each other with the notices, in the room. */
function besides(room: HTMLElement, notices: HTMLElement, elements: readonly Element[]): Span[] {
  const { top } = room.getBoundingClientRect();
  const mine = notices.getBoundingClientRect();
  return elements.flatMap((element) => {
    const box = element.getBoundingClientRect();
    const beside = box.right <= mine.left || box.left >= mine.right;
    if (beside || box.height === 0 || notices.contains(element) || getComputedStyle(element).visibility === "hidden") return [];
    return [{ top: box.top - top, bottom: box.bottom - top }];
  });
}

/** Whether the notices lie over one of these. */
function covers(room: HTMLElement, notices: HTMLElement, elements: readonly Element[]): boolean {
  const bottom = notices.offsetTop + notices.offsetHeight;
  return besides(room, notices, elements).some((span) => span.top < bottom && span.bottom > notices.offsetTop);
}

/** The rows of terminals that are not blank. */
function textsIn(terminals: Element): Element[] {
  return [...terminals.querySelectorAll(".xterm-rows > *")].filter(({ textContent }) => textContent?.trim());
}

/** The rows that are typed in: before a terminal had the keys it shows no cursor. */
function promptsIn(room: HTMLElement): Element[] {
  return [...room.querySelectorAll(".xterm-rows")].flatMap((rows) => rows.querySelector(":scope > :has(.xterm-cursor)") ?? textsIn(rows.parentElement as Element).at(-1) ?? []);
}
