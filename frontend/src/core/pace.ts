/** When to do what happens often: after a pause, but not put off for ever. */

/** The timer a Pace needs: `setTimeout`, or a test's own. */
export interface Clock {
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

/** Runs `work` once, `ms` after the last `soon()`. */
export class Pace {
  #timer: unknown = null;

  constructor(private readonly work: () => void, private readonly ms: number, private readonly clock: Clock) {}

  /** Run in `ms` from now; an earlier wish is replaced. */
  soon(ms = this.ms): void {
    this.stop();
    this.#timer = this.clock.set(() => this.now(), ms);
  }

  /** Run at once, if something was waiting or not. */
  now(): void {
    this.stop();
    this.work();
  }

  /** Run at once what was waiting; nothing when nothing was. */
  flush(): void {
    if (this.waiting) this.now();
  }

  get waiting(): boolean {
    return this.#timer !== null;
  }

  stop(): void {
    if (this.#timer !== null) this.clock.clear(this.#timer);
    this.#timer = null;
  }
}
