/** Whether terminals tell a screen reader what they print. It costs time at every line, so the person says so, on each device. */

import { signal } from "@preact/signals";

const KEY = "terminal-screen-reader";

export const announced = signal(stored());

export function announce(on: boolean): void {
  announced.value = on;
  try {
    if (on) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing: it holds until the page is closed.
  }
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}
