/**
 * What is typed into one console, on its way to the program: sent once, or shown as not delivered. The outbox keeps and
 * numbers it; here is when it goes, and what the keeper's answers mean for it.
 */

import { signal, type Signal } from "@preact/signals";
import type { Outbox } from "./core/outbox";

/** Input that perhaps (or certainly) did not reach the program. */
export interface Undelivered {
  readonly bytes: number;
  readonly at: number;
  /** `perhaps`: sent, fate unknown. `not`: never left this page. */
  readonly certainty: "perhaps" | "not";
}

export interface InputWire {
  /** Whether the keeper takes input now. */
  isLive(): boolean;
  sendInput(seq: number, data: Uint8Array): void;
}

export class Input {
  readonly undelivered: Signal<Undelivered | null> = signal(null);
  #holding = false;
  /** Pieces that were given up when the first of them was refused, and are still to be answered each. */
  #answersDue = 0;

  constructor(private readonly outbox: Outbox, private readonly wire: InputWire) {}

  /** Send keys. What cannot be sent or kept is shown as not delivered. */
  send(data: Uint8Array): void {
    if (!this.outbox.push(data)) this.#report(data.length, "not");
    this.#flush();
  }

  /** Keep what is typed while a session is being started that cannot read yet, then send it. */
  hold(holding: boolean): void {
    this.#holding = holding;
    this.#flush();
  }

  /** The keeper process `generation` takes input, and has seen that of this page up to `inSeq`. */
  up(generation: string, inSeq: number): void {
    this.#answersDue = 0;
    const lost = this.outbox.resume(generation, inSeq);
    if (lost > 0) this.#report(lost, "perhaps");
    this.#flush();
  }

  /** Nobody takes input until the next `up`. */
  down(): void {
    this.outbox.suspend();
  }

  /** Everything up to `seq` was written to the pty. */
  acknowledge(seq: number): void {
    this.outbox.acknowledge(seq);
    this.#answersDue = Math.max(0, this.#answersDue - 1);
    this.#flush();
  }

  /** The keeper refused something. Whether it was input (nothing runs, or it does not read): the output goes on then. */
  refused(): boolean {
    if (this.#answersDue > 0) {
      this.#answersDue -= 1;
      return true;
    }
    const held = this.outbox.heldBytes;
    if (held === 0) return false;
    this.#answersDue = this.outbox.drop() - 1;
    this.#report(held, "perhaps");
    return true;
  }

  #flush(): void {
    if (this.#holding || !this.wire.isLive()) return;
    for (const { seq, data } of this.outbox.take()) this.wire.sendInput(seq, data);
  }

  #report(bytes: number, certainty: Undelivered["certainty"]): void {
    if (bytes > 0) this.undelivered.value = { bytes, at: Date.now(), certainty };
  }
}
