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
  const place = (): void => {
    const bottom = gapIn(room, notices);
    notices.style.bottom = bottom === null ? "" : `${room.clientHeight - bottom}px`;
  };
  // What is said below a terminal or above a text takes its room.
  const observer = new ResizeObserver(place);
  for (const element of [room, notices, ...room.querySelectorAll(".console-host, .cm-editor")]) observer.observe(element);
  // Rows come, and the prompt moves: what lies well stays where it is.
  let soon: ReturnType<typeof setTimeout> | undefined;
  const printed = new MutationObserver(() => {
    soon ??= setTimeout(() => {
      soon = undefined;
      if (covered(room, notices, promptsIn(room)).length > 0) place();
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
  const read = single.peek() ? (free([...all, ...textsIn(room)]) ?? free([...all, ...prompts], highestGap)) : null;
  return read ?? free([...all, ...prompts]) ?? free([...least, ...prompts]) ?? free(least);
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

/** Those that the notices lie over. */
function covered(room: HTMLElement, notices: HTMLElement, elements: readonly Element[]): Span[] {
  const bottom = notices.offsetTop + notices.offsetHeight;
  return besides(room, notices, elements).filter((span) => span.top < bottom && span.bottom > notices.offsetTop);
}

/** The rows of terminals that are not blank. */
function textsIn(terminals: Element): Element[] {
  return [...terminals.querySelectorAll(".xterm-rows > *")].filter(({ textContent }) => textContent?.trim());
}

/** The rows that are typed in: before a terminal had the keys it shows no cursor. */
function promptsIn(room: HTMLElement): Element[] {
  return [...room.querySelectorAll(".xterm-rows")].flatMap((rows) => rows.querySelector(":scope > :has(.xterm-cursor)") ?? textsIn(rows.parentElement as Element).at(-1) ?? []);
}
