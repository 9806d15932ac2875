/**
 * Input of one viewer on its way to the program: numbered, kept until acknowledged, delivered once.
 *
 * What was sent and not acknowledged when the link broke is sent again only to the same keeper
 * process (generation), above the number it has seen. Under another generation nobody can know
 * whether it arrived: it is given up and reported, with all that was typed after it, because half of
 * a command line is worse than none. Nothing older than 30 s is delivered late.
 */

export interface OutboxLimits {
  /** Bytes of one entry. */
  readonly entryBytes: number;
  /** Sent and unacknowledged. */
  readonly flightBytes: number;
  /** Everything held while connected. */
  readonly heldBytes: number;
  /** Typed while not connected. */
  readonly offlineBytes: number;
  readonly keptMs: number;
}

export const LIMITS: OutboxLimits = {
  entryBytes: 16 * 1024,
  flightBytes: 64 * 1024,
  heldBytes: 1024 * 1024,
  offlineBytes: 4 * 1024,
  keptMs: 30_000,
};

interface Entry {
  seq: number;
  readonly data: Uint8Array;
  readonly typedAt: number;
  sent: boolean;
}

export class Outbox {
  #entries: Entry[] = [];
  #nextSeq = 1;
  #ackedSeq = 0;
  #generation: string | null = null;
  #live = false;
  #downAt: number;

  constructor(
    private readonly now: () => number,
    private readonly limits: OutboxLimits = LIMITS,
  ) {
    this.#downAt = now();
  }

  /** Bytes held: waiting, or sent and not acknowledged. */
  get heldBytes(): number {
    return this.#entries.reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Number and keep `data`; false when it cannot be kept (nothing of it is). */
  push(data: Uint8Array): boolean {
    if (data.length === 0) return true;
    const { entryBytes, heldBytes, offlineBytes, keptMs } = this.limits;
    if (!this.#live && this.now() - this.#downAt > keptMs) return false;
    if (this.heldBytes + data.length > (this.#live ? heldBytes : offlineBytes)) return false;
    for (let at = 0; at < data.length; at += entryBytes) {
      const part = data.slice(at, at + entryBytes);
      this.#entries.push({ seq: this.#nextSeq++, data: part, typedAt: this.now(), sent: false });
    }
    return true;
  }

  /** What to send now, in order; it counts as sent. */
  take(): { seq: number; data: Uint8Array }[] {
    if (!this.#live) return [];
    let flight = 0;
    const out: Entry[] = [];
    for (const entry of this.#entries) {
      flight += entry.data.length;
      if (flight > this.limits.flightBytes) break;
      if (entry.sent) continue;
      entry.sent = true;
      out.push(entry);
    }
    return out;
  }

  /** Everything up to `seq` was written to the pty. */
  acknowledge(seq: number): void {
    this.#ackedSeq = Math.max(this.#ackedSeq, seq);
    this.#entries = this.#entries.filter((entry) => entry.seq > seq);
  }

  /** The link broke. */
  suspend(): void {
    if (this.#live) this.#downAt = this.now();
    this.#live = false;
  }

  /** Forget what waits: the person was told. Returns how many pieces of it were sent. */
  drop(): number {
    const sent = this.#entries.filter((entry) => entry.sent).length;
    this.#entries = [];
    return sent;
  }

  /** The keeper welcomed this viewer. Returns how many bytes are given up as perhaps not delivered. */
  resume(generation: string, inSeq: number): number {
    const same = generation === this.#generation && inSeq >= this.#ackedSeq;
    if (same) this.acknowledge(inSeq);
    const lost = this.#isUncertain(same) ? this.heldBytes : 0;
    if (lost > 0) this.drop();
    this.#generation = generation;
    this.#ackedSeq = inSeq;
    this.#nextSeq = inSeq + 1;
    for (const entry of this.#entries) {
      entry.seq = this.#nextSeq++;
      entry.sent = false;
    }
    this.#live = true;
    return lost;
  }

  #isUncertain(same: boolean): boolean {
    const oldest = this.#entries[0];
    if (!oldest) return false;
    if (this.now() - oldest.typedAt > this.limits.keptMs) return true;
    return !same && this.#entries.some(({ sent }) => sent);
  }
}
