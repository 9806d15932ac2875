/** Where what lies in a view of a log of any length. Only the rows near what is in sight are made; above and below them
 * empty space stands for the rest. Near the rows a pixel of it is about a pixel of rows; further off it is pressed
 * together, because no browser scrolls over more than some million pixels. */

/** No browser's maximum (Firefox: 17.8 million) is near. */
export const MAX_PX = 6_000_000;
/** So much space on either side of the rows is not pressed together. */
export const NEAR_PX = 100_000;

export class Scale {
  readonly #far: number;

  /** `total` bytes, of which one takes `density` pixels. */
  constructor(total: number, private readonly density: number) {
    const whole = total * density;
    this.#far = whole <= MAX_PX ? 1 : (MAX_PX - 2 * NEAR_PX) / (whole - 2 * NEAR_PX);
  }

  /** The height of the space for so many bytes. */
  space(bytes: number): number {
    const px = Math.max(0, bytes) * this.density;
    return px <= NEAR_PX ? px : NEAR_PX + (px - NEAR_PX) * this.#far;
  }

  /** How many bytes a space of that height stands for. */
  bytes(space: number): number {
    const px = space <= NEAR_PX ? Math.max(0, space) : NEAR_PX + (space - NEAR_PX) / this.#far;
    return px / this.density;
  }
}

/** What is scrolled over, in pixels from the top: the space before the rows, the rows, the space after them. While one
 * scrolls, the spaces are what rows that came and went left of them, so they are not quite what the scale says. */
export interface Extent {
  readonly above: number;
  readonly rows: number;
  readonly below: number;
}

/** Bytes [first, end). */
export interface Bytes {
  readonly first: number;
  readonly end: number;
}

/** The offset that a place stands for which has no rows. `shown` are the bytes of the rows, `log` those of all. */
export function offsetAt(px: number, extent: Extent, shown: Bytes, log: Bytes, scale: Scale): number {
  const away = (distance: number, space: number, bytes: number): number =>
    space > 0 ? Math.min(bytes, scale.bytes((Math.min(distance, space) / space) * scale.space(bytes))) : 0;
  if (px < extent.above) return Math.round(shown.first - away(extent.above - px, extent.above, shown.first - log.first));
  const beyond = px - extent.above - extent.rows;
  return beyond <= 0 ? shown.first : Math.round(shown.end + away(beyond, extent.below, log.end - shown.end));
}
