/** What fingers on a terminal mean: a state machine without clock, timers and DOM. Times are in ms, places in CSS px. */

/** A finger that stays this long, and within the slop, is no tap any more. */
export const HOLD_MS = 450;
const SLOP_PX = 10;
/** Two fingers that stay as far apart as they are, within this, change nothing. */
const PINCH_DEAD_PX = 12;
/** A finger that rested before it was lifted does not throw. */
const REST_MS = 80;
const FASTEST_PX_PER_MS = 4;
/** Of the speed, what is kept in 16 ms, and where it ends. */
const FRICTION = 0.95;
const SLOWEST_PX_PER_MS = 0.02;

export interface Finger {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

export type Gesture =
  | { readonly what: "tap" | "press"; readonly x: number; readonly y: number }
  /** The finger moved by `moved`, down positive. */
  | { readonly what: "pan"; readonly moved: number; readonly x: number; readonly y: number }
  /** It was lifted while it moved; px per ms. */
  | { readonly what: "fling"; readonly velocity: number; readonly x: number; readonly y: number }
  /** Two fingers are `scale` times as far apart as when they began. */
  | { readonly what: "pinch"; readonly scale: number; readonly over: boolean };

type State =
  | { readonly now: "idle" }
  | { readonly now: "down"; readonly from: Finger }
  | { readonly now: "pan"; readonly last: Finger; readonly velocity: number }
  | { readonly now: "two"; readonly apart: number }
  | { readonly now: "pinch"; readonly apart: number; readonly scale: number }
  /** What is down means nothing more until all of it is lifted. */
  | { readonly now: "spent" };

export class Gestures {
  #state: State = { now: "idle" };
  #fingers = new Map<number, Finger>();

  /** Whether any finger is down. */
  get touched(): boolean {
    return this.#fingers.size > 0;
  }

  down(finger: Finger): Gesture | null {
    if (this.#fingers.has(finger.id)) this.#fingers.delete(finger.id);
    if (this.#fingers.size === 0) this.#state = { now: "down", from: finger };
    this.#fingers.set(finger.id, finger);
    if (this.#fingers.size === 1) return null;
    const { now } = this.#state;
    if (this.#fingers.size === 2 && (now === "down" || now === "pan")) {
      this.#state = { now: "two", apart: this.#apart() };
      return null;
    }
    return this.#spend();
  }

  move(finger: Finger): Gesture | null {
    if (!this.#fingers.has(finger.id)) return null;
    this.#fingers.set(finger.id, finger);
    const state = this.#state;
    if (state.now === "down") {
      // The slop itself is not scrolled.
      if (Math.hypot(finger.x - state.from.x, finger.y - state.from.y) >= SLOP_PX) this.#state = { now: "pan", last: finger, velocity: 0 };
      return null;
    }
    if (state.now === "pan") return this.#pan(finger, state.last, state.velocity);
    if (state.now === "pinch") return this.#pinch(state.apart);
    if (state.now !== "two") return null;
    const more = this.#apart() - state.apart;
    // From the end of the dead zone, however far beyond it they are: a busy page hears of many moves as one.
    return Math.abs(more) > PINCH_DEAD_PX ? this.#pinch(state.apart + Math.sign(more) * PINCH_DEAD_PX) : null;
  }

  /** The finger has been down for HOLD_MS, says a timer. */
  held(): Gesture | null {
    const state = this.#state;
    if (state.now !== "down") return null;
    this.#state = { now: "spent" };
    return { what: "press", x: state.from.x, y: state.from.y };
  }

  up(finger: Finger): Gesture | null {
    if (!this.#fingers.delete(finger.id)) return null;
    const state = this.#state;
    let gesture: Gesture | null = null;
    if (state.now === "down") {
      // A page that was busy hears of a timer late: the times of the events count.
      gesture = { what: finger.at - state.from.at < HOLD_MS ? "tap" : "press", x: state.from.x, y: state.from.y };
    } else if (state.now === "pan" && finger.at - state.last.at <= REST_MS) {
      const velocity = Math.max(-FASTEST_PX_PER_MS, Math.min(FASTEST_PX_PER_MS, state.velocity));
      gesture = { what: "fling", velocity, x: finger.x, y: finger.y };
    }
    return this.#lifted(gesture);
  }

  /** The system took the finger for something else. */
  cancel(id: number): Gesture | null {
    return this.#fingers.delete(id) ? this.#lifted(null) : null;
  }

  /** Nobody will say what becomes of the fingers that are down. */
  drop(): Gesture | null {
    this.#fingers.clear();
    return this.#lifted(null);
  }

  #lifted(gesture: Gesture | null): Gesture | null {
    const done = gesture ?? this.#spend();
    this.#state = { now: this.#fingers.size === 0 ? "idle" : "spent" };
    return done;
  }

  #spend(): Gesture | null {
    const state = this.#state;
    this.#state = { now: "spent" };
    return state.now === "pinch" ? { what: "pinch", scale: state.scale, over: true } : null;
  }

  #pan(finger: Finger, last: Finger, before: number): Gesture {
    const moved = finger.y - last.y;
    const velocity = 0.7 * (moved / Math.max(1, finger.at - last.at)) + 0.3 * before;
    this.#state = { now: "pan", last: finger, velocity };
    return { what: "pan", moved, x: finger.x, y: finger.y };
  }

  #pinch(apart: number): Gesture {
    const scale = this.#apart() / Math.max(1, apart);
    this.#state = { now: "pinch", apart, scale };
    return { what: "pinch", scale, over: false };
  }

  #apart(): number {
    const [a, b] = [...this.#fingers.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }
}

/** What a throw at `velocity` px per ms does in the next `passed` ms; null when it has ended. */
export function coast(velocity: number, passed: number): { readonly velocity: number; readonly moved: number } | null {
  const slower = velocity * FRICTION ** (passed / 16);
  return Math.abs(slower) < SLOWEST_PX_PER_MS ? null : { velocity: slower, moved: slower * passed };
}
