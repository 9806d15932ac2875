/** One JSON document of the layout: it comes with the page and is saved a second after its last change,
 * or at once when another device shall find it. */

import { api, ApiError, inWorkspace } from "../api";
import { boot } from "../boot";
import { Pace } from "../core/pace";
import { clock } from "./clock";

const SAVE_AFTER_MS = 1000;

export class Saver {
  readonly #path: string;
  readonly #key: string;
  readonly #name: string;
  #saved: string | null = null;
  #latest: string | null = null;
  #sending = false;
  /** Something changed at once while an older text was on its way. */
  #urgent = false;
  readonly #pace = new Pace(() => void this.#send(), SAVE_AFTER_MS, clock);

  constructor(name: string) {
    this.#name = name;
    this.#path = inWorkspace(`layout/${name}`);
    this.#key = `layout:${boot.workspace.id}:${name}`;
    addEventListener("pagehide", () => this.#leave());
    addEventListener("online", () => this.#retry());
  }

  /** What this tab had not sent yet, else what the server had; null for nothing. */
  load(): unknown {
    const stored = boot.layouts[this.#name] ?? null;
    this.#saved = JSON.stringify(stored);
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "null") ?? stored;
    } catch {
      return stored;
    }
  }

  save(value: unknown, urgent = false): void {
    const text = JSON.stringify(value);
    this.#latest = text;
    if (this.#isSaved) return sessionStorage.removeItem(this.#key);
    sessionStorage.setItem(this.#key, text);
    if (urgent) {
      this.#urgent = this.#sending;
      this.#pace.now();
    } else this.#pace.soon();
  }

  /** Whether the server has it, and nothing else is on its way there. */
  get #isSaved(): boolean {
    return !this.#sending && (this.#latest === null || this.#latest === this.#saved);
  }

  /** One at a time, so that an older one never arrives last. A failure is not worth a word: the next
   * change, or the network's return, sends it again. */
  async #send(): Promise<void> {
    const text = this.#latest;
    if (this.#sending || text === null || text === this.#saved) return;
    this.#sending = true;
    this.#urgent = false;
    try {
      await api.put(this.#path, JSON.parse(text));
      this.#saved = text;
      if (this.#latest === text) sessionStorage.removeItem(this.#key);
      else this.#pace.soon();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    } finally {
      this.#sending = false;
    }
    if (this.#urgent) this.#pace.now();
  }

  #retry(): void {
    if (!this.#isSaved) this.#pace.soon();
  }

  #leave(): void {
    if (this.#isSaved) return;
    this.#pace.stop();
    api.raw(this.#path, {
      method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: this.#latest,
    }).catch(() => undefined); // the page is gone; sessionStorage has it for the next load of this tab
  }
}
