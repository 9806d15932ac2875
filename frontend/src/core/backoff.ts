/** How long to wait before the next attempt: 0.3 s, doubled up to 10 s, each with jitter so that many
 * tabs do not come back in one moment. */

const FIRST_MS = 300;
const LONGEST_MS = 10_000;

export class Backoff {
  #attempt = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** The next delay in milliseconds: the step times 0.75 to 1.25. */
  next(): number {
    const step = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 16);
    return Math.round(step * (0.75 + this.random() / 2));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
