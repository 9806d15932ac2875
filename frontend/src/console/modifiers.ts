/** Sticky Ctrl, Alt and Shift of the key row: one tap holds for the next key, a second tap at once locks, one
 * more lets go. They fold into the next character of any keyboard. */

import { signal } from "@preact/signals";
import type { Terminal } from "@xterm/xterm";
import { encodeKey, type KeyModes, type Modifiers } from "../core/keys";

export type Held = "off" | "once" | "locked";
export type Sticky = keyof Modifiers;

const DOUBLE_TAP_MS = 400;
/** What a keyboard types for the keys that have a name. */
const NAMES: Readonly<Record<string, string>> = { "\t": "Tab", "\r": "Enter", "\x7f": "Backspace" };

const held = { ctrl: signal<Held>("off"), alt: signal<Held>("off"), shift: signal<Held>("off") };
const tappedAt = { ctrl: 0, alt: 0, shift: 0 };
const states = Object.values(held);

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
  const now: Modifiers = { ctrl: held.ctrl.value !== "off", alt: held.alt.value !== "off", shift: held.shift.value !== "off" };
  for (const state of states) if (state.value === "once") state.value = "off";
  return now;
}

/** What a keyboard typed, with the held modifiers folded in. Only one character can carry them: what is
 * longer (a word from the keyboard's suggestions, a paste, a key's own sequence) passes as it is. */
export function fold(data: string, modes: KeyModes): string {
  if (states.every(({ value }) => value === "off")) return data;
  if ([...data].length !== 1) return data;
  return encodeKey(NAMES[data] ?? data, take(), modes);
}

export function keyModes(term: Terminal): KeyModes {
  return { applicationCursorKeys: term.modes.applicationCursorKeysMode };
}
