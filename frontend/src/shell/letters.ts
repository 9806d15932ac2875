/** The size of the letters, of the terminals and of the editor each its own, as the person chose it on this device. */

import { type Signal, signal } from "@preact/signals";

export const SMALLEST_PX = 10;
export const LARGEST_PX = 28;
const USUAL_PX = 15;
const LOCK_KEY = "terminal-letters-locked";

/** Whether two fingers leave every size as it is. */
export const pinchLocked = signal(localStorage.getItem(LOCK_KEY) === "yes");

export function lockPinch(locked: boolean): void {
  pinchLocked.value = locked;
  if (locked) localStorage.setItem(LOCK_KEY, "yes");
  else localStorage.removeItem(LOCK_KEY);
}

export class Letters {
  readonly #chosen: Signal<number | null>;
  /** While fingers are down: the size that they began with. */
  #from: number | null = null;

  /** `key` is where this device keeps the size. */
  constructor(private readonly key: string) {
    this.#chosen = signal(Number.parseFloat(localStorage.getItem(key) ?? "") || null);
  }

  get px(): number {
    const chosen = this.#chosen.value;
    return chosen === null ? Number.parseFloat(token("--code-size")) || USUAL_PX : clamp(chosen);
  }

  /** Whether the size is the person's own. */
  get isChosen(): boolean {
    return this.#chosen.value !== null;
  }

  /** Show letters of `px`, in half pixels between the smallest and the largest; null: the usual ones. They are remembered
   * unless it is only `passing`. */
  choose(px: number | null, passing = false): void {
    const next = px === null ? null : clamp(Math.round(px * 2) / 2);
    this.#chosen.value = next;
    if (passing) return;
    if (next === null) localStorage.removeItem(this.key);
    else localStorage.setItem(this.key, String(next));
  }

  /** Two fingers make letters `scale` times as large as when they came down; what they end at is remembered. */
  pinch(scale: number, over: boolean): void {
    if (pinchLocked.peek()) return;
    this.#from ??= this.px;
    this.choose(this.#from * scale, !over);
    if (over) this.#from = null;
  }
}

export const terminalLetters = new Letters("terminal-letters");
export const editorLetters = new Letters("editor-letters");

export function codeFamily(): string {
  return token("--code");
}

function clamp(px: number): number {
  return Math.max(SMALLEST_PX, Math.min(LARGEST_PX, px));
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
