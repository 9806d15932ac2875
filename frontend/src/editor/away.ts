/**
 * A text that had the keys when the page was put away, or thrown out by a tablet that needed the memory, has them again,
 * without an on-screen keyboard unless it was there. What systems do of themselves differs from release to release.
 */

import { keyboardUp } from "../console/viewport";

const FOCUS_KEY = "text-with-keys";

export class AwayKeys {
  #had = false;
  #hadKeyboard = false;
  #listening = new AbortController();

  /** `content` is what has the focus while the text of the file `ref` is typed into. */
  constructor(private readonly content: HTMLElement, private readonly ref: () => string) {
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#back()), { signal });
    window.addEventListener("pagehide", () => this.#leave(), { signal });
    window.addEventListener("pageshow", () => this.#back(), { signal });
    content.addEventListener("click", () => this.bringKeyboard(), { signal });
  }

  stop(): void {
    this.#listening.abort();
  }

  /** The text is on the page: take the keys if it had them before the page was loaded anew. */
  shown(): void {
    if (sessionStorage.getItem(FOCUS_KEY) !== this.ref()) return;
    sessionStorage.removeItem(FOCUS_KEY);
    this.#take(false);
  }

  /** Whoever taps the text, or asks for the keyboard, gets it: focused as the text is, it would not come. */
  bringKeyboard(): void {
    if (this.content.inputMode !== "none") return;
    this.content.inputMode = "text";
    this.content.blur();
    this.content.focus({ preventScroll: true });
  }

  #leave(): void {
    this.#had = this.content.contains(document.activeElement);
    this.#hadKeyboard = keyboardUp.peek();
    if (this.#had) sessionStorage.setItem(FOCUS_KEY, this.ref());
    else if (sessionStorage.getItem(FOCUS_KEY) === this.ref()) sessionStorage.removeItem(FOCUS_KEY);
  }

  #back(): void {
    if (this.#had) this.#take(this.#hadKeyboard);
    this.#had = false;
  }

  #take(mayOpenKeyboard: boolean): void {
    if ((document.activeElement ?? document.body) !== document.body) return; // somebody else has them
    if (!mayOpenKeyboard && matchMedia("(any-pointer: coarse)").matches) this.content.inputMode = "none";
    this.content.focus({ preventScroll: true });
  }
}
