/** Which terminal has the keys, and what the person used last. */

import { signal, type Signal } from "@preact/signals";
import { activeView } from "../editor/views";
import { isHardware } from "./keyboard";
import type { ConsoleTerminal } from "./terminal";

/** The terminal focused last; null once the focus is in another text field. */
export const activeTerminal: Signal<ConsoleTerminal | null> = signal(null);

export const lastInput: Signal<"touch" | "mouse" | "key"> = signal("mouse");

/** Give the keys to a terminal that a press brings to the front, once it is there and the menu is gone; a dialog keeps
 * them. No on-screen keyboard comes: the press may be there only to look. */
export function giveKeys(terminal: () => ConsoleTerminal | null): void {
  queueMicrotask(() => {
    if (!document.querySelector("dialog[open]")) terminal()?.focus(!matchMedia("(pointer: coarse)").matches);
  });
}

/** For whatever is pressed beside a terminal: it leaves the keys, and the keyboard on the screen, where they are. */
export function keepFocus(event: Event): void {
  event.preventDefault();
}

/** A finger that moved so far does not tap. */
const DRAG_PX = 24;

/** Follow pointers and focus. Returns how to stop. */
export function watchInput(): () => void {
  const listening = new AbortController();
  const options = { capture: true, passive: true, signal: listening.signal };
  // The key row comes with the first touch and goes with a mouse. Did it so before the tap or click is over,
  // what is meant would move away from under the finger or pointer.
  let touched = false;
  let from = 0;
  const pointer = ({ pointerType, clientY }: PointerEvent): void => {
    touched = pointerType === "touch";
    from = clientY;
  };
  const tapped = (): void => {
    lastInput.value = touched ? "touch" : "mouse";
  };
  // No click follows a drag: it is over with the finger, or once the browser scrolls with it.
  const dragged = ({ clientY }: PointerEvent): void => {
    if (touched && Math.abs(clientY - from) > DRAG_PX) tapped();
  };
  const focus = ({ target }: FocusEvent): void => {
    const field = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(target.tagName));
    if (!field) return;
    if (!target.closest(".console-terminal, .compose, dialog")) activeTerminal.value = null;
    if (!target.closest(".cm-content, dialog")) activeView.value = null;
  };
  const key = (event: KeyboardEvent): void => {
    if (!isHardware(event)) return;
    lastInput.value = "key";
    document.documentElement.dataset["keys"] = "seen"; // from now on menus name them
  };
  window.addEventListener("pointerdown", pointer, options);
  window.addEventListener("pointerup", dragged, options);
  window.addEventListener("pointercancel", tapped, options);
  window.addEventListener("click", tapped, { ...options, capture: false });
  window.addEventListener("focusin", focus, options);
  window.addEventListener("keydown", key, options);
  return () => listening.abort();
}
