/** What keeps the unsaved text of one file until the disk has it: a draft on the server, and this browser's cache for what
 * the server could not be told. */

import type { ReadonlySignal } from "@preact/signals";
import { ApiError } from "../api";
import { etagOf } from "../core/etag";
import { Pace } from "../core/pace";
import type { Draft, Saving } from "../core/saving";
import { listDrafts, MAX_DRAFT_BYTES, readDraft, removeDraft, writeDraft } from "../files/content";
import { clock } from "../shell/clock";
import { cachedText, cacheText, forgetText, noteSent } from "./cache";

const CACHE_AFTER_MS = 300;

/** The text that is kept. */
export interface Unsaved {
  readonly ref: string;
  readonly text: string;
  readonly saving: ReadonlySignal<Saving>;
  readonly dirty: ReadonlySignal<boolean>;
}

export class Keeping {
  #drafted = false;
  readonly #caching = new Pace(() => void this.cache(), CACHE_AFTER_MS, clock);

  /** `tryLater` is called when the server did not answer. */
  constructor(private readonly unsaved: Unsaved, private readonly tryLater: () => void) {}

  /** What was kept of the file: the server's draft and the cache's. Throws ApiError. */
  async found(): Promise<(Draft | null)[]> {
    const { ref } = this.unsaved;
    const cached = cachedText(ref);
    const listed = await listDrafts();
    const draft = listed.some((one) => one.ref === ref) ? await readDraft(ref) : null;
    this.#drafted = draft !== null;
    return [draft, await cached];
  }

  cacheSoon(): void {
    this.#caching.soon();
  }

  /** Keep the text here, with what is on its way to the disk: this page may never hear the answer. */
  async cache(): Promise<void> {
    const { ref, text, saving, dirty } = this.unsaved;
    if (!dirty.value) return;
    const { base, unanswered } = saving.value;
    const sent = unanswered.map(({ etag }) => etag);
    noteSent(ref, sent.length > 0 ? { text: etagOf(text), base, sent } : null);
    await cacheText(ref, { base, text, at: Date.now() / 1000 });
  }

  /** Keep the text on the server, or here where that cannot be. */
  async draft(): Promise<void> {
    this.#caching.flush();
    if (this.unsaved.text.length > MAX_DRAFT_BYTES) return;
    try {
      await this.#sendDraft();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 0) this.tryLater();
      await this.cache();
    }
  }

  async #sendDraft(leaving = false): Promise<void> {
    const { ref, text, saving, dirty } = this.unsaved;
    await writeDraft(ref, text, saving.value.base, leaving);
    this.#drafted = true;
    if (!dirty.value) await this.forget(); // saved meanwhile: an old draft would come back as newer
  }

  /** The page may go away: send what fits, the cache has the rest. */
  leave(): void {
    this.#caching.now();
    this.#sendDraft(true).catch(() => undefined);
  }

  /** The disk has everything: what was kept of it goes. */
  async forget(): Promise<void> {
    const { ref } = this.unsaved;
    this.#caching.stop();
    await forgetText(ref);
    if (!this.#drafted) return;
    this.#drafted = false;
    await removeDraft(ref).catch(() => (this.#drafted = true));
  }

  /** The file was moved away from `before`: nothing is kept of it there any more. */
  async forgetAt(before: string): Promise<void> {
    await forgetText(before);
    if (this.#drafted) await removeDraft(before).catch(() => undefined);
    this.#drafted = false;
  }

  stop(): void {
    this.#caching.stop();
  }
}
