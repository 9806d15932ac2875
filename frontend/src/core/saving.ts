/** One open file's way between "typed" and "on disk", as a table of events. Pure.
 *
 * `edits` counts changes; what was saved and what is on its way are remembered by that count, so that
 * typing during a save is never taken for saved. What was sent is remembered by its etag too until it is known
 * what became of it: an answer may be lost, and our own text on the disk is nobody's change. */

import { etagOf } from "./etag";

/** More saves in a row without an answer than this are not remembered. */
const MOST_UNANSWERED = 16;

export interface Sent {
  readonly etag: string;
  readonly edits: number;
}

export type Trouble =
  /** The file on disk is not the one we edit; `theirs` is its etag, null when it is gone. */
  | { readonly kind: "conflict"; readonly theirs: string | null }
  | { readonly kind: "offline" }
  /** The disk is full, or the server refuses for a reason it names. */
  | { readonly kind: "full" | "refused"; readonly message: string };

/** How long until a text is saved again by itself after so many refusals of a full disk in a row: 5 s, doubled up to 80 s. */
export function pauseMs(refusals: number): number {
  return 5000 * 2 ** Math.min(refusals, 4);
}

export interface Saving {
  /** The etag that our text is based on; null: the file is not on disk yet. */
  readonly base: string | null;
  readonly edits: number;
  readonly saved: number;
  readonly sending: number | null;
  /** What was sent since `base`; any of it may be on the disk. */
  readonly unanswered: readonly Sent[];
  readonly trouble: Trouble | null;
}

export type SavingEvent =
  | { readonly type: "edited" }
  | { readonly type: "sent"; readonly etag: string }
  | { readonly type: "stored"; readonly etag: string }
  | { readonly type: "failed"; readonly trouble: Trouble }
  /** What was sent did not meet the file: it had just been moved, and is now where we look. */
  | { readonly type: "missed" }
  /** The disk has this version now: somebody else wrote or removed it. */
  | { readonly type: "seen"; readonly etag: string | null }
  /** Our text is now exactly the version `etag`. */
  | { readonly type: "replaced"; readonly etag: string }
  /** The person decided: our text goes over the version `etag` (null: is written anew). */
  | { readonly type: "insisted"; readonly etag: string | null };

/** A file as just read: clean; or text that the disk does not have, based on `base`. */
export function opened(base: string | null, dirty: boolean, trouble: Trouble | null = null, unanswered: readonly Sent[] = []): Saving {
  return { base, edits: dirty ? 1 : 0, saved: 0, sending: null, unanswered, trouble };
}

/** Whether the version `etag` of the disk is a text that we sent. */
export function isOurs({ unanswered }: Saving, etag: string | null): boolean {
  return unanswered.some((sent) => sent.etag === etag);
}

export function isDirty(saving: Saving): boolean {
  return saving.edits !== saving.saved;
}

/** Whether a save may start: something to save, none on its way, and nobody has to decide first. */
export function maySave(saving: Saving): boolean {
  return isDirty(saving) && saving.sending === null && saving.trouble?.kind !== "conflict";
}

export function step(saving: Saving, event: SavingEvent): Saving {
  switch (event.type) {
    case "edited":
      return { ...saving, edits: saving.edits + 1 };
    case "sent":
      return { ...saving, sending: saving.edits, unanswered: withSent(saving, event.etag) };
    case "stored":
      return { ...saving, base: event.etag, saved: saving.sending ?? saving.edits, sending: null, unanswered: [], trouble: null };
    case "failed":
      return arrived(saving, event.trouble) ?? { ...saving, sending: null, trouble: event.trouble };
    case "missed":
      return { ...saving, sending: null, trouble: null };
    case "seen":
      return seen(saving, event.etag);
    case "replaced":
      return { ...saving, base: event.etag, saved: saving.edits, sending: null, unanswered: [], trouble: null };
    case "insisted":
      return { ...saving, base: event.etag, edits: saving.edits + 1, sending: null, unanswered: [], trouble: null };
  }
}

function withSent({ unanswered, edits }: Saving, etag: string): readonly Sent[] {
  return [...unanswered, { etag, edits }].slice(-MOST_UNANSWERED);
}

/** A conflict with what we sent is none: that save arrived, and its answer did not. Null for another's text. */
function arrived(saving: Saving, trouble: Trouble): Saving | null {
  const sent = trouble.kind === "conflict" && saving.unanswered.findLast(({ etag }) => etag === trouble.theirs);
  return sent ? { ...saving, base: sent.etag, saved: sent.edits, sending: null, unanswered: [], trouble: null } : null;
}

/** Our own save on its way explains any change: its answer will tell. */
function seen(saving: Saving, etag: string | null): Saving {
  if (saving.sending !== null) return saving;
  const resolved = etag === saving.base && saving.trouble?.kind === "conflict";
  if (resolved) return { ...saving, trouble: null };
  if (etag === saving.base || !(isDirty(saving) || etag === null)) return saving;
  const trouble: Trouble = { kind: "conflict", theirs: etag };
  return arrived(saving, trouble) ?? { ...saving, trouble };
}

/** A text that was typed and not saved, as a draft on the server or in this browser. */
export interface Draft {
  readonly base: string | null;
  readonly text: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** What a page sent of a kept text and had no answer to when it went away. */
export interface SentNote {
  /** The etag that the kept text would have, and what it was based on: a note is about that text alone. */
  readonly text: string;
  readonly base: string | null;
  readonly sent: readonly string[];
}

export interface Start {
  readonly text: string;
  readonly saving: Saving;
  /** True when the text is not the file's but one that was kept. */
  readonly restored: boolean;
}

/** What to show for a file: itself, or the newest text that was kept of it. `file` is null when the
 * file is not on disk, `note` where this page sent nothing before it was loaded. */
export function startFrom(
  file: { etag: string; text: string } | null, drafts: readonly (Draft | null)[], note: SentNote | null = null,
): Start {
  const kept = drafts.filter((draft) => draft !== null).sort((a, b) => b.at - a.at)[0];
  if (!kept || kept.text === file?.text) {
    return { text: file?.text ?? "", saving: opened(file?.etag ?? null, false), restored: false };
  }
  const now = note && etagOf(kept.text);
  const sent = note && note.text === now && note.base === kept.base ? note.sent : [];
  const unanswered = sent.map((etag) => ({ etag, edits: etag === now ? 1 : 0 }));
  const saving = opened(kept.base, true, null, unanswered);
  const current = file?.etag ?? null;
  return { text: kept.text, saving: kept.base === current ? saving : seen(saving, current), restored: true };
}

/** The ref under which the losing version of a conflict is kept as a draft: beside the file, by time. */
export function loserRef(ref: string, whose: "mine" | "theirs", at: Date): string {
  const stamp = at.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  const slash = ref.lastIndexOf("/") + 1;
  const dot = ref.lastIndexOf(".");
  const cut = dot > slash ? dot : ref.length;
  return `${ref.slice(0, cut)}.${whose}-${stamp}${ref.slice(cut)}`;
}
