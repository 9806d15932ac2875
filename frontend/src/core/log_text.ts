/** Bytes of a log as text to copy: what its lines show, in the order in which its pieces come. */

import { linesOf } from "./log_lines";
import { size } from "./sizes";

const LINE_FEED = 10;

export class LogText {
  #parts: string[] = [];
  #at: number;

  /** What is wanted is at [first, end). */
  constructor(first: number, private readonly end: number) {
    this.#at = first;
  }

  /** Where the next piece begins; `end` when all is there. */
  get at(): number {
    return this.#at;
  }

  /** Take a piece in, which begins at the offset `first`; what is before it is missing. */
  add(first: number, data: Uint8Array): void {
    if (first > this.#at) this.#missing(Math.min(first, this.end) - this.#at);
    const wanted = data.subarray(Math.max(0, this.#at - first), Math.max(0, this.end - first));
    const begin = Math.max(first, this.#at);
    for (const { runs, end } of linesOf(wanted, begin).lines) {
      this.#parts.push(runs.map(({ text }) => text).join(""));
      if (wanted[end - begin - 1] === LINE_FEED) this.#parts.push("\n");
    }
    this.#at = Math.max(this.#at, Math.min(this.end, begin + wanted.length));
  }

  /** No more comes. */
  finish(): void {
    if (this.#at < this.end) this.#missing(this.end - this.#at);
    this.#at = this.end;
  }

  get text(): string {
    return this.#parts.join("");
  }

  #missing(bytes: number): void {
    if (bytes > 0) this.#parts.push(`\n[${size(bytes)} are missing here]\n`);
  }
}
