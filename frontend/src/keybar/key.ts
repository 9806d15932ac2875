/** A key of the key row, whatever it types into. */

import type { Sticky } from "../console/modifiers";
import type { Direction } from "../core/steering";

export interface Key {
  /** What it is called; each name once in a row. */
  readonly name: string;
  /** What stands on it: characters, or with `icon` the body of one. */
  readonly face: string;
  readonly icon?: boolean;
  /** Repeats while it is held. */
  readonly repeats?: boolean;
  /** Presses the arrow of a direction: the finger that slides from this key steers. For keys that repeat. */
  readonly steer?: (direction: Direction) => void;
  /** Comes up while it is held; excludes `repeats`. */
  readonly menu?: readonly Key[];
  /** Its menu comes with a tap as well: it has nothing else to do. */
  readonly opens?: boolean;
  /** The modifier that it is. */
  readonly sticky?: Sticky;
  /** On, for a key that switches something. */
  readonly pressed?: boolean;
  press(): void;
}
