/** Empty space beside the rows that are made, in pixels. */
export class Space {
  readonly element = document.createElement("div");
  #height = 0;

  get height(): number {
    return this.#height;
  }

  set height(px: number) {
    this.#height = Math.max(0, px);
    this.element.style.height = `${this.#height}px`;
  }

  /** Make it higher by so much, or lower; returns what it could not be made lower. */
  give(change: number): number {
    const wanted = this.#height + change;
    this.height = wanted;
    return this.#height - wanted;
  }
}
