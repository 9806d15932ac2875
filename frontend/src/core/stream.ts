/** Where one viewer stands in a console's output: offsets of what arrived, was parsed, was said. */

const ACK_EVERY_BYTES = 16 * 1024;

/** `data` of `offset` in pieces that do not cross any of `points`. */
export function* cutAt(offset: number, data: Uint8Array<ArrayBuffer>, points: readonly number[]): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (const point of [...points].sort((a, b) => a - b)) {
    const cut = point - offset;
    if (cut <= at || cut >= data.length) continue;
    yield data.subarray(at, cut);
    at = cut;
  }
  yield data.subarray(at);
}

export class StreamPosition {
  /** Next byte expected from the link; null when only a snapshot or a fresh start can help. */
  received: number | null = null;
  /** All before it is parsed. */
  parsed = 0;
  #acked = 0;

  /** Something that stands for all before `offset` is parsed: an ACK of exactly it is due. */
  restart(offset: number): void {
    this.parsed = offset;
    this.#acked = -1;
  }

  /** Take `bytes` that start at `offset`; false when they do not follow what came before. */
  accept(offset: number, bytes: number): boolean {
    if (this.received !== offset) return false;
    this.received = offset + bytes;
    return true;
  }

  /** All before `offset` is parsed. Returns whether an ACK is due at once. */
  advance(offset: number): boolean {
    this.parsed = Math.max(this.parsed, offset);
    return this.parsed - this.#acked >= ACK_EVERY_BYTES;
  }

  /** The offset to acknowledge, which then counts as said; null when there is nothing new. */
  takeAck(): number | null {
    if (this.parsed <= this.#acked) return null;
    this.#acked = this.parsed;
    return this.parsed;
  }
}
