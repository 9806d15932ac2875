/** A row that may be wider than its room: it fades where more of it lies, and a button leads there. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** Less than this hidden, in CSS pixels, is no key. */
const SLACK_PX = 4;
/** Less than this hidden, a part of one key, is drawn into sight by a finger: a button would hide more than it leads to. */
const KEY_PX = 44;
/** As wide as the style sheet lets an edge fade. */
const FADE_PX = 16;

interface Ends {
  readonly before: boolean;
  readonly after: boolean;
  /** More than one key is hidden in all. */
  readonly pages: boolean;
}

interface KeyScrollerProps {
  children: ComponentChildren;
  /** Draws the button that turns the page, in the manner of the row. */
  turner: (name: string, after: boolean, press: () => void) => ComponentChildren;
}

export function KeyScroller({ children, turner }: KeyScrollerProps) {
  const row = useRef<HTMLDivElement>(null);
  const ends = useSignal<Ends>({ before: false, after: false, pages: false });
  const look = (): void => {
    const { scrollLeft = 0, clientWidth = 0, scrollWidth = 0 } = row.current ?? {};
    const before = scrollLeft > SLACK_PX;
    const after = scrollWidth - clientWidth - scrollLeft > SLACK_PX;
    const now = ends.peek();
    // With the button there is less room than without: what once needed it keeps it until all fits beside it.
    const pages = scrollWidth - clientWidth > (now.pages ? 0 : KEY_PX);
    if (now.before !== before || now.after !== after || now.pages !== pages) ends.value = { before, after, pages };
  };
  useEffect(() => {
    if (!row.current) return;
    const observer = new ResizeObserver(look);
    observer.observe(row.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(look); // keys come and go
  const turn = (): void => {
    const { current } = row;
    if (!current) return;
    const to = ends.peek().after ? nextPage(current) : 0;
    current.scrollTo({ left: to, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  };
  const { before, after, pages } = ends.value;
  return (
    <>
      <div ref={row} class="key-scroller" data-before={before} data-after={after} onScroll={look}>{children}</div>
      {pages && turner(after ? "Next keys" : "First keys", after, turn)}
    </>
  );
}

/** How far to scroll so that the first key that is cut off on the right is the first on the left, out of the fading edge. */
function nextPage(row: HTMLElement): number {
  const { left, right } = row.getBoundingClientRect();
  const cut = [...row.children].find((key) => key.getBoundingClientRect().right > right + 1);
  return cut ? row.scrollLeft + cut.getBoundingClientRect().left - left - FADE_PX : 0;
}
