/** One open file: its text, the way to disk and back, and what keeps the text when the way is barred.
 *
 * A second after the last key the text is saved; where it cannot be (conflict, offline, full disk,
 * autosave off) it is kept as a draft on the server and in this browser's cache. */

import { batch, computed, signal } from "@preact/signals";
import { ApiError } from "../api";
import { Pace } from "../core/pace";
import { etagOf } from "../core/etag";
import { extensionOf, nameOf } from "../core/refs";
import { isDirty, isOurs, maySave, opened, pauseMs, type Saving, type SavingEvent, startFrom, step, type Trouble } from "../core/saving";
import { etagNow, isOfStopped, readContent, writeContent } from "../files/content";
import { clock } from "../shell/clock";
import { say } from "../shell/notices";
import { prefs } from "../shell/prefs";
import { sentNote } from "./cache";
import { Keeping } from "./keeping";

const SETTLE_AFTER_MS = 1000;

export type Shown =
  | { readonly kind: "loading" }
  | { readonly kind: "text" }
  | { readonly kind: "image"; readonly url: string }
  | { readonly kind: "binary" | "large"; readonly size: number }
  | { readonly kind: "error"; readonly message: string; readonly stopped?: boolean };

/** The widget that shows the text, once there is one. */
export interface TextView {
  text(): string;
  /** Show another text, with the cursor kept where it can be. Not an edit. */
  replace(text: string): void;
}

export class Buffer {
  readonly shown = signal<Shown>({ kind: "loading" });
  readonly saving = signal<Saving>(opened(null, false));
  readonly dirty = computed(() => isDirty(this.saving.value));
  /** The other version while the two are compared in the text; null otherwise. */
  readonly comparing = signal<string | null>(null);
  ref: string;

  #view: TextView | null = null;
  #text = "";
  #underway: Promise<boolean> | null = null;
  /** A kept text of a file that is not on disk: shown, but written only when the person asks or types. */
  #onlyShown = false;
  /** How often in a row the disk was full. */
  #refusals = 0;
  readonly #settle = new Pace(() => void this.settle(), SETTLE_AFTER_MS, clock);
  readonly #retry = new Pace(() => void this.settle(), pauseMs(0), clock);
  readonly #keeping = new Keeping(this, () => this.#retry.soon());

  constructor(ref: string) {
    this.ref = ref;
  }

  get name(): string {
    return nameOf(this.ref);
  }

  get extension(): string {
    return extensionOf(this.ref);
  }

  get text(): string {
    return this.#view ? this.#view.text() : this.#text;
  }

  attach(view: TextView): void {
    this.#view = view;
  }

  /** Read the file and what was kept of it, and show the right one. */
  async load(): Promise<void> {
    try {
      const [content, drafts] = await Promise.all([readContent(this.ref), this.#keeping.found()]);
      if (content && content.kind !== "text") {
        this.shown.value = content.kind === "image" ? { kind: "image", url: content.url } : { kind: content.kind, size: content.size };
        this.saving.value = opened(content.etag, false);
        return;
      }
      const start = startFrom(content, drafts, sentNote(this.ref));
      if (!content && !start.restored) {
        this.shown.value = { kind: "error", message: `${this.name} is not there any more. It was moved or deleted.` };
        return;
      }
      this.#text = start.text;
      this.#view?.replace(start.text);
      batch(() => {
        this.saving.value = start.saving;
        this.shown.value = { kind: "text" };
      });
      if (start.restored) {
        this.#onlyShown = content === null;
        say(`Unsaved text of ${this.name} is back.`);
        this.#settle.soon();
      } else if (drafts.some((draft) => draft)) void this.#keeping.forget();
    } catch (error) {
      this.shown.value = { kind: "error", message: messageOf(error), stopped: isOfStopped(error) };
    }
  }

  /** The person typed. */
  edited(): void {
    this.#onlyShown = false;
    this.apply({ type: "edited" });
    this.#keeping.cacheSoon();
    this.#settle.soon();
  }

  /** Bring the text to safety: save it, or keep it as a draft where it may not or cannot be saved. */
  async settle(): Promise<void> {
    if (!this.dirty.value || this.#onlyShown || this.shown.value.kind !== "text") return;
    if (prefs.value.autosave && maySave(this.saving.value)) await this.save();
    else await this.#keeping.draft();
  }

  /** Bring the text to the server for good, after a save that is on its way. */
  async finish(): Promise<void> {
    await this.#underway;
    await this.settle();
  }

  /** Save now, or as soon as a save that is on its way has come to its end. Resolves to whether the
   * disk has the text as it was at the call. */
  async save(): Promise<boolean> {
    while (this.#underway) await this.#underway;
    this.#settle.stop();
    if (!this.dirty.value) return true;
    if (!maySave(this.saving.value)) return false;
    this.#underway = this.#send().finally(() => {
      this.#underway = null;
    });
    return this.#underway;
  }

  async #send(): Promise<boolean> {
    const { text, ref } = this;
    const { base, edits } = this.saving.value;
    this.apply({ type: "sent", etag: etagOf(text) });
    void this.#keeping.cache();
    try {
      this.apply({ type: "stored", etag: await writeContent(ref, text, base) });
      this.#refusals = 0;
    } catch (error) {
      await this.#failed(error, ref);
      if (this.saving.value.trouble) return false;
      if (this.saving.value.saved < edits) return this.#send();
    }
    if (this.dirty.value) this.#settle.soon();
    else await this.#keeping.forget();
    return true;
  }

  /** Find out what it means that a save to `ref` was refused or not answered. */
  async #failed(error: unknown, ref: string): Promise<void> {
    const trouble = troubleOf(error);
    this.apply(trouble.kind === "conflict" ? await this.#meetTheirs(ref) : { type: "failed", trouble });
    const left = this.saving.value.trouble;
    if (!left) return;
    if (left.kind === "offline") this.#retry.soon();
    if (left.kind === "full") this.#retry.soon(pauseMs(this.#refusals++));
    await this.#keeping.draft();
  }

  /** The disk has another version than the one that our text is based on, or none where `ref` was. */
  async #meetTheirs(ref: string): Promise<SavingEvent> {
    for (;;) {
      const at = this.ref;
      try {
        const theirs = await etagNow(at);
        if (at !== this.ref) continue; // moved on meanwhile
        if (at !== ref && theirs === this.saving.value.base) return { type: "missed" };
        return { type: "failed", trouble: { kind: "conflict", theirs } };
      } catch (error) {
        return { type: "failed", trouble: troubleOf(error) };
      }
    }
  }

  /** Something in the tree changed: look whether it was this file. A clean text follows the disk. */
  async check(): Promise<void> {
    if (this.shown.value.kind === "loading" || this.saving.value.sending !== null) return;
    if (this.shown.value.kind === "error") return this.load();
    try {
      const before = this.saving.value;
      const etag = await etagNow(this.ref);
      if (this.saving.value !== before || (etag === before.base && before.trouble?.kind !== "conflict")) return;
      if (this.shown.value.kind !== "text" || (etag !== null && !this.dirty.value)) return await this.#follow(before);
      if (before.base === null && !isOurs(before, etag)) return;
      this.apply({ type: "seen", etag });
      if (before.trouble && !this.saving.value.trouble) this.#settle.soon();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // no answer: the next event or save will tell
    }
  }

  async #follow(before: Saving): Promise<void> {
    const content = await readContent(this.ref);
    if (this.saving.value !== before || !content) return;
    if (content.kind !== "text" || this.shown.value.kind !== "text") return this.load();
    this.show(content.text, content.etag);
  }

  /** How to open another ref in a tab; set by the store of buffers. */
  openRef: (ref: string) => void = () => undefined;

  /** The text is now the disk's version `etag`. */
  show(text: string, etag: string): void {
    this.#text = text;
    this.#view?.replace(text);
    this.apply({ type: "replaced", etag });
  }

  /** The disk has everything, or the person decided so: what was kept of the text goes. */
  async forgetKept(): Promise<void> {
    await this.#keeping.forget();
  }

  /** The page may go away: send what fits, the cache has the rest. */
  leave(): void {
    if (this.dirty.value && this.shown.value.kind === "text") this.#keeping.leave();
  }

  /** The network is back, or there is space again. */
  wake(): void {
    if (this.dirty.value && this.saving.value.trouble?.kind !== "conflict") this.#settle.soon();
  }

  /** The file was moved here; what was kept of it moves too. */
  async moveTo(ref: string): Promise<void> {
    const before = this.ref;
    this.ref = ref;
    await this.#keeping.forgetAt(before);
    if (this.saving.value.trouble?.kind === "conflict") await this.check(); // perhaps it was only not found where it had been
    if (this.dirty.value) await this.settle();
  }

  /** Throw unsaved text away, here and where it was kept. */
  async discard(): Promise<void> {
    this.stop();
    await this.#keeping.forget();
  }

  stop(): void {
    this.#settle.stop();
    this.#keeping.stop();
    this.#retry.stop();
  }

  /** Something happened on the way between text and disk. */
  apply(event: SavingEvent): void {
    this.saving.value = step(this.saving.value, event);
  }
}

function troubleOf(error: unknown): Trouble {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 412 || error.status === 409 || error.status === 404) return { kind: "conflict", theirs: null };
  if (error.status === 0 || error.status === 503 || error.status === 502 || error.status === 504) return { kind: "offline" };
  return { kind: error.status === 507 ? "full" : "refused", message: error.message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
