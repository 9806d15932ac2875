/**
 * Where a person was in a terminal before the page was put away, frozen, or thrown out by a tablet that needed the
 * memory: which lines were in sight, and whether the terminal had the keys. Coming back restores both, without the
 * on-screen keyboard unless it was there. Of the lines only fingerprints are kept.
 */

import type { Terminal } from "@xterm/xterm";
import { findPlace, type Place, placeOf } from "../core/rows";
import { rowsOf } from "./rows";
import { keyboardUp } from "./viewport";

const FOCUS_KEY = "console-with-keys";

/** What of a terminal this needs. */
interface Focusable {
  readonly root: HTMLElement;
  focus(mayOpenKeyboard: boolean): void;
}

export class PlaceMemory {
  #noted: Place | null = null;
  #hadFocus = false;
  #hadKeyboard = false;

  constructor(private readonly consoleId: string, private readonly term: Terminal) {}

  /** Keep the place whenever the page is put away. Returns how to stop. */
  follow(terminal: Focusable): () => void {
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave(terminal) : this.#back(terminal)), { signal });
    window.addEventListener("pagehide", () => this.#leave(terminal), { signal });
    window.addEventListener("pageshow", () => this.#back(terminal), { signal });
    return () => listening.abort();
  }

  /** Everything is about to be replaced: note what is in sight. `isFirst`: nothing was shown yet, so what counts is what
   * this tab showed before it was loaded. */
  remember(isFirst: boolean): void {
    this.#noted = isFirst ? this.#stored() : (this.#place() ?? this.#noted);
  }

  /** Everything that there was is here again: show what was noted. */
  goBack(): void {
    this.#show(this.#noted);
    this.#noted = null;
  }

  /** Change the grid and keep the line at the upper edge, which xterm moves with the rows below. */
  keepThrough(change: () => void): void {
    const place = this.#place();
    change();
    this.#show(place);
  }

  #show(place: Place | null): void {
    const row = place && this.term.buffer.active.type === "normal" ? findPlace(rowsOf(this.term), place) : null;
    // Just after a change of the grid xterm scrolls by lines from where it was before.
    for (let tries = 0; row !== null && tries < 2 && this.term.buffer.active.viewportY !== row; tries += 1) this.term.scrollToLine(row);
  }

  /** Null at the end of the output, where what is printed next is to be seen. */
  #place(): Place | null {
    const { type, viewportY, baseY } = this.term.buffer.active;
    return type === "normal" && viewportY < baseY ? placeOf(rowsOf(this.term), viewportY) : null;
  }

  #stored(): Place | null {
    const text = sessionStorage.getItem(this.#key);
    sessionStorage.removeItem(this.#key);
    return text === null ? null : (JSON.parse(text) as Place);
  }

  #leave({ root }: Focusable): void {
    const place = this.#place();
    if (place) sessionStorage.setItem(this.#key, JSON.stringify(place));
    else sessionStorage.removeItem(this.#key);
    this.#hadFocus = root.contains(document.activeElement);
    this.#hadKeyboard = keyboardUp.peek();
    if (this.#hadFocus) sessionStorage.setItem(FOCUS_KEY, this.consoleId);
    else if (sessionStorage.getItem(FOCUS_KEY) === this.consoleId) sessionStorage.removeItem(FOCUS_KEY);
  }

  #back(terminal: Focusable): void {
    if (this.#hadFocus && (document.activeElement ?? document.body) === document.body) terminal.focus(this.#hadKeyboard);
    this.#hadFocus = false;
  }

  get #key(): string {
    return `place-${this.consoleId}`;
  }
}

/** Whether this console had the keys when the tab was loaded anew; asked once. */
export function hadKeys(consoleId: string): boolean {
  if (sessionStorage.getItem(FOCUS_KEY) !== consoleId) return false;
  sessionStorage.removeItem(FOCUS_KEY);
  return true;
}
