/**
 * The box of the app: never covered by the on-screen keyboard. The only reader of visualViewport,
 * because what it reports differs from release to release of the same browser.
 *
 * Sets on the document's element: `--vvh`, the visible height in px, and `data-keyboard="up"`.
 */

import { signal } from "@preact/signals";
import { isApple } from "../shell/key_help";

/** Whether an on-screen keyboard covers part of the window. */
export const keyboardUp = signal(false);

/** Less than this is browser chrome, more a keyboard. */
const KEYBOARD_PX = 120;
/** Heights are not yet true when focus moves or the page wakes; read again after these. */
const LATER_MS = [300, 800];

/** Start following the visible height. Returns how to stop. */
export function startViewport(): () => void {
  const viewport = visualViewport;
  const listening = new AbortController();
  const { signal: until } = listening;
  const tallest = new Map<number, number>();
  let most = 0;
  let around = 0;
  let low = 0;
  let frame = 0;
  let timers: ReturnType<typeof setTimeout>[] = [];

  const read = (): void => {
    const root = document.documentElement;
    const scale = viewport?.scale ?? 1;
    if (scale > 1.01) return; // zoomed in by the person: the box stays as it is
    const height = Math.round(viewport?.height ?? innerHeight);
    // Where a keyboard shrinks the whole window, what it was before tells; on Apple's tablets it shrinks the visible part
    // alone, and a lower window is one that a person made lower. One that is turned with the keyboard up has its sides
    // changed over: both together are as long as before. One that is only made narrower is as high as before.
    const beside = keyboardUp.peek() ? (innerHeight === low ? most : around - innerWidth) : 0;
    const before = isApple ? root.clientHeight : (tallest.get(innerWidth) ?? beside);
    most = Math.max(before, innerHeight, height);
    tallest.set(innerWidth, most);
    around = innerWidth + most;
    low = innerHeight;
    const typing = isTyping();
    const up = typing && most - height > KEYBOARD_PX && matchMedia("(any-pointer: coarse)").matches;
    // Another app's keyboard beside ours may shrink the viewport too, and some browsers tell of a keyboard that is
    // gone: without a field of ours it is not ours.
    root.style.setProperty("--vvh", `${typing ? height : Math.max(height, innerHeight)}px`);
    if (up) root.dataset["keyboard"] = "up";
    else delete root.dataset["keyboard"];
    keyboardUp.value = up;
    if (scrollX || scrollY) scrollTo(0, 0); // the browser panned to the caret
  };
  const soon = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(read);
  };
  const soonAndLater = (): void => {
    soon();
    for (const timer of timers) clearTimeout(timer);
    timers = LATER_MS.map((delay) => setTimeout(soon, delay));
  };

  viewport?.addEventListener("resize", soon, { signal: until });
  viewport?.addEventListener("scroll", soon, { signal: until });
  addEventListener("resize", soon, { signal: until });
  for (const name of ["focusin", "focusout", "orientationchange", "pageshow", "visibilitychange"]) addEventListener(name, soonAndLater, { signal: until });
  read();
  return () => {
    listening.abort();
    cancelAnimationFrame(frame);
    for (const timer of timers) clearTimeout(timer);
  };
}

function isTyping(): boolean {
  const active = document.activeElement;
  return active instanceof HTMLElement && (active.isContentEditable || ["TEXTAREA", "INPUT"].includes(active.tagName));
}
