/** Where something lies that must not cover others: pixels from the top of the room. */

export interface Span {
  readonly top: number;
  readonly bottom: number;
}

/** The lowest `bottom` at which a box of `height` keeps `margin` from the room's ends and covers none of `taken`; null where
 * there is no such gap. */
export function lowestGap(height: number, room: number, margin: number, taken: readonly Span[]): number | null {
  let bottom = room - margin;
  for (const span of [...taken].sort((a, b) => b.bottom - a.bottom)) {
    if (bottom - height < span.bottom && span.top < bottom) bottom = span.top - margin;
  }
  return bottom - height < margin ? null : bottom;
}

/** The highest `bottom` of that kind. */
export function highestGap(height: number, room: number, margin: number, taken: readonly Span[]): number | null {
  const turned = lowestGap(height, room, margin, taken.map(({ top, bottom }) => ({ top: room - bottom, bottom: room - top })));
  return turned === null ? null : room - turned + height;
}
