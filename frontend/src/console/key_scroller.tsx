/** A row that may be wider than its room: it fades where more of it lies, and a button leads there. */

import { useSignal } from "@preact/signals";
import chevronsLeft from "lucide:chevrons-left";
import chevronsRight from "lucide:chevrons-right";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../shell/icon";

/** Less than this hidden, in CSS pixels, is no key. */
const SLACK_PX = 4;

interface Ends {
  readonly before: boolean;
  readonly after: boolean;
}

interface KeyScrollerProps {
  children: ComponentChildren;
  /** Draws the button that turns the page, in the manner of the row. */
  turner: (label: string, icon: ComponentChildren, onPress: () => void) => ComponentChildren;
}

export function KeyScroller({ children, turner }: KeyScrollerProps) {
  const row = useRef<HTMLDivElement>(null);
  const ends = useSignal<Ends>({ before: false, after: false });
  const look = (): void => {
    const { scrollLeft = 0, clientWidth = 0, scrollWidth = 0 } = row.current ?? {};
    const before = scrollLeft > SLACK_PX;
    const after = scrollWidth - clientWidth - scrollLeft > SLACK_PX;
    const now = ends.peek();
    if (now.before !== before || now.after !== after) ends.value = { before, after };
  };
  useEffect(() => {
    if (!row.current) return;
    const observer = new ResizeObserver(look);
    observer.observe(row.current);
    return () => observer.disconnect();
  }, []);
  const turn = (): void => {
    const { current } = row;
    if (!current) return;
    const to = ends.peek().after ? current.scrollLeft + current.clientWidth : 0;
    current.scrollTo({ left: to, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  };
  const { before, after } = ends.value;
  return (
    <>
      <div ref={row} class="key-scroller" data-before={before} data-after={after} onScroll={look}>{children}</div>
      {(before || after) && turner(after ? "More keys" : "First keys", <Icon body={after ? chevronsRight : chevronsLeft} />, turn)}
    </>
  );
}
