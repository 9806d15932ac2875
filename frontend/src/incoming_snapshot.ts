/** The frames of a snapshot on their way, until all of it is here. */

import { MAX_SNAPSHOT_BYTES } from "./playback";
import * as wire from "./wire";

type Parts = Uint8Array<ArrayBuffer>[];

export class IncomingSnapshot {
  #begun: wire.SnapBegin | null = null;
  #parts: Parts = [];
  #bytes = 0;

  /** Another one begins; one that had not come to its end is forgotten. Throws BadFrameError when it is too long. */
  begin(begun: wire.SnapBegin): void {
    if (begun.length > MAX_SNAPSHOT_BYTES) throw new wire.BadFrameError(`snapshot of ${begun.length} bytes`);
    this.forget();
    this.#begun = begun;
  }

  /** Keep a part; false when none is on its way, or when it is longer than it was said to be. */
  take(part: Uint8Array<ArrayBuffer>): boolean {
    this.#bytes += part.length;
    this.#parts.push(part);
    return this.#begun !== null && this.#bytes <= this.#begun.length;
  }

  /** All of it, which is then forgotten; null when something is missing. */
  end(): { begin: wire.SnapBegin; parts: Parts } | null {
    const [begin, parts, bytes] = [this.#begun, this.#parts, this.#bytes];
    this.forget();
    return begin && bytes === begin.length ? { begin, parts } : null;
  }

  forget(): void {
    this.#begun = null;
    this.#parts = [];
    this.#bytes = 0;
  }
}
