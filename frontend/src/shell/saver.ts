/** One JSON document of the layout: it comes with the page and is saved a second after its last change. */

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

  save(value: unknown): void {
    const text = JSON.stringify(value);
    this.#latest = text;
    if (text === this.#saved) return;
    sessionStorage.setItem(this.#key, text);
    this.#pace.soon();
  }

  /** A failure is not worth a word: the next change, or the network's return, sends it again. */
  async #send(): Promise<void> {
    const text = this.#latest;
    if (text === null || text === this.#saved) return;
    try {
      await api.put(this.#path, JSON.parse(text));
      this.#saved = text;
      if (this.#latest === text) sessionStorage.removeItem(this.#key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #retry(): void {
    if (this.#latest !== null && this.#latest !== this.#saved) this.#pace.soon();
  }

  #leave(): void {
    if (!this.#pace.waiting || this.#latest === null) return;
    this.#pace.stop();
    api.raw(this.#path, {
      method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: this.#latest,
    }).catch(() => undefined); // the page is gone; sessionStorage has it for the next load of this tab
  }
}
