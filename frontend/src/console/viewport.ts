/**
 * The box of the app: never covered by the on-screen keyboard. The only reader of visualViewport,
 * because what it reports differs from release to release of the same browser.
 *
 * Sets on the document's element: `--vvh`, the visible height in px, and `data-keyboard="up"`.
 */

import { signal } from "@preact/signals";

/** Whether an on-screen keyboard covers part of the window. */
export const keyboardUp = signal(false);

/** Less than this is browser chrome, more a keyboard. */
const KEYBOARD_PX = 120;
/** Heights are not yet true when focus moves; read again after these. */
const LATER_MS = [300, 800];

/** Start following the visible height. Returns how to stop. */
export function startViewport(): () => void {
  const viewport = window.visualViewport;
  const listening = new AbortController();
  const { signal: until } = listening;
  const tallest = new Map<number, number>();
  let frame = 0;

  const read = (): void => {
    const root = document.documentElement;
    const scale = viewport?.scale ?? 1;
    if (scale > 1.01) return; // zoomed in by the person: the box stays as it is
    const height = Math.round(viewport?.height ?? window.innerHeight);
    const most = Math.max(tallest.get(window.innerWidth) ?? 0, window.innerHeight, height);
    tallest.set(window.innerWidth, most);
    const covered = most - height > KEYBOARD_PX;
    // Another app's keyboard beside ours may shrink the viewport too: without a field of ours it is not ours.
    const up = covered && isTyping() && hasSoftKeyboard();
    const ignored = covered && !up && height < window.innerHeight;
    root.style.setProperty("--vvh", `${ignored ? window.innerHeight : height}px`);
    if (up) root.dataset["keyboard"] = "up";
    else delete root.dataset["keyboard"];
    keyboardUp.value = up;
    if (window.scrollX !== 0 || window.scrollY !== 0) window.scrollTo(0, 0); // the browser panned to the caret
  };
  const soon = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(read);
  };
  const soonAndLater = (): void => {
    soon();
    for (const delay of LATER_MS) setTimeout(soon, delay);
  };

  viewport?.addEventListener("resize", soon, { signal: until });
  viewport?.addEventListener("scroll", soon, { signal: until });
  for (const name of ["resize", "pageshow"]) window.addEventListener(name, soon, { signal: until });
  for (const name of ["focusin", "focusout", "orientationchange"]) window.addEventListener(name, soonAndLater, { signal: until });
  read();
  return () => {
    listening.abort();
    cancelAnimationFrame(frame);
  };
}

function isTyping(): boolean {
  const active = document.activeElement;
  return active instanceof HTMLElement && (active.isContentEditable || ["TEXTAREA", "INPUT"].includes(active.tagName));
}

function hasSoftKeyboard(): boolean {
  return matchMedia("(any-pointer: coarse)").matches;
}
