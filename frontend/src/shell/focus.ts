/** Whether what comes to the front may take the focus by itself: it belongs to the person. */

import { lastInput } from "../console/active";

/** `inside` is an element of the pane. No dialog is left for it, no keyboard of glass raised, and who walks through the
 * pane's strip by key stays there. */
export function mayTakeFocus(inside: Element | null): boolean {
  if (document.querySelector("dialog[open]") || matchMedia("(pointer: coarse)").matches) return false;
  return lastInput.peek() !== "key" || !inside?.closest(".pane")?.querySelector(".strip :focus");
}
