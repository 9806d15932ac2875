/** How much room the app box has, in CSS pixels, and what follows from it. */

import { computed, signal } from "@preact/signals";
import { widthClass } from "../core/arrangement";

const COMPACT_BELOW = 480;

const size = signal({ width: innerWidth, height: innerHeight });

export const screenClass = computed(() => widthClass(size.value.width));

/** Too low for more than one pane, as with an on-screen keyboard up. */
export const compact = computed(() => size.value.height < COMPACT_BELOW);

/** One pane at a time: narrow or compact. */
export const single = computed(() => compact.value || screenClass.value === "narrow");

/** Room for the files beside the panes; where there is none they are a drawer over them. */
export const docked = computed(() => screenClass.value === "wide" && !compact.value);

/** Follow the app box; answers with how to stop. */
export function watchScreen(app: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    const { width, height } = app.getBoundingClientRect();
    if (width > 0 && height > 0 && (width !== size.value.width || height !== size.value.height)) size.value = { width, height };
    app.dataset["width"] = screenClass.value;
    app.dataset["compact"] = String(compact.value);
  });
  observer.observe(app);
  return () => observer.disconnect();
}
