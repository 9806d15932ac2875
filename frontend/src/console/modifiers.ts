/** Sticky Ctrl and Alt of the key bar: one tap holds for the next key, a second tap at once locks, one
 * more lets go. They fold into the next character of any keyboard. */

import { signal } from "@preact/signals";
import { encodeKey, type KeyModes, type Modifiers } from "../core/keys";

export type Held = "off" | "once" | "locked";
export type Sticky = "ctrl" | "alt";

const DOUBLE_TAP_MS = 400;

const held = { ctrl: signal<Held>("off"), alt: signal<Held>("off") };
const tappedAt = { ctrl: 0, alt: 0 };

export function heldState(name: Sticky): Held {
  return held[name].value;
}

export function tap(name: Sticky, now = Date.now()): void {
  const again = now - tappedAt[name] < DOUBLE_TAP_MS;
  tappedAt[name] = now;
  const state = held[name];
  state.value = state.value === "off" ? "once" : state.value === "once" && again ? "locked" : "off";
}

/** The modifiers for the next key; those held once are let go. */
export function take(): Modifiers {
  const now: Modifiers = { ctrl: held.ctrl.value !== "off", alt: held.alt.value !== "off", shift: false };
  for (const state of Object.values(held)) if (state.value === "once") state.value = "off";
  return now;
}

/** What a keyboard typed, with the held modifiers folded in. Only one character can carry them: what is
 * longer (a word from the keyboard's suggestions, a paste, a key's own sequence) passes as it is. */
export function fold(data: string, modes: KeyModes): string {
  if (held.ctrl.value === "off" && held.alt.value === "off") return data;
  if ([...data].length !== 1) return data;
  return encodeKey(data, take(), modes);
}
