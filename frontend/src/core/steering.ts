/** An arrow key that is also a stick: where a finger that slid from it points to. */

export type Direction = "left" | "down" | "up" | "right";

/** Less than this from where it came down, in CSS pixels, a finger lies still. */
const STILL_PX = 16;
/** So much more than the way straight on must the way aside be to turn. */
const TURN = 1.3;

/** The direction of a finger `dx` to the right and `dy` below where it came down, null while it lies still. `before` is where it
 * pointed last: along a diagonal it goes on pointing there. */
export function directionOf(dx: number, dy: number, before: Direction | null): Direction | null {
  if (Math.hypot(dx, dy) < STILL_PX) return null;
  const across = before === "left" || before === "right" ? TURN : before ? 1 / TURN : 1;
  if (Math.abs(dx) * across >= Math.abs(dy)) return dx < 0 ? "left" : "right";
  return dy < 0 ? "up" : "down";
}
