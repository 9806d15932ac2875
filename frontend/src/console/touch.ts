/**
 * Fingers on a terminal, one state machine: a tap focuses (and so opens the on-screen keyboard), a drag
 * scrolls with momentum. In full-screen programs a drag becomes wheel reports or arrows. Scrolling
 * never focuses. xterm.js 6.0.0 leaves touch alone; a newer one may not: the tests of tap, drag and
 * Ctrl+C say what can go.
 */

import type { Terminal } from "@xterm/xterm";

const TAP_SLOP_PX = 10;
const TAP_MS = 450;
/** Velocity kept per 16 ms, and below which momentum ends, in pixels per millisecond. */
const FRICTION = 0.95;
const SLOWEST = 0.02;
const FASTEST = 4;

interface Finger {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly at: number;
  lastY: number;
  lastAt: number;
  velocity: number;
  dragging: boolean;
}

export class TerminalTouch {
  #finger: Finger | null = null;
  #remainder = 0;
  #momentum = 0;
  /** The row at the top when the glide was last here: whoever scrolls meanwhile ends it. */
  #glidedTo = 0;
  #listening: AbortController | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly term: Terminal,
    private readonly focus: () => void,
  ) {}

  start(): void {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.root.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    this.root.addEventListener("pointermove", (event) => this.#move(event), { signal });
    this.root.addEventListener("pointerup", (event) => this.#up(event), { signal });
    this.root.addEventListener("pointercancel", () => this.#cancel(), { signal });
  }

  stop(): void {
    this.#listening?.abort();
    this.#listening = null;
    this.#cancel();
  }

  #down(event: PointerEvent): void {
    if (event.pointerType !== "touch") return this.focus(); // a pen or mouse types with the same keyboards
    this.#stopMomentum();
    if (this.#finger) return this.#cancel(); // a second finger: not ours
    const { pointerId: id, clientX: x, clientY: y } = event;
    const at = performance.now();
    this.#finger = { id, x, y, at, lastY: y, lastAt: at, velocity: 0, dragging: false };
    this.#remainder = 0;
  }

  #move(event: PointerEvent): void {
    const finger = this.#finger;
    if (!finger || event.pointerId !== finger.id) return;
    if (!finger.dragging && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) < TAP_SLOP_PX) return;
    if (!finger.dragging) {
      finger.dragging = true;
      finger.lastY = event.clientY; // the slop is not scrolled
    }
    const now = performance.now();
    const moved = event.clientY - finger.lastY;
    const passed = Math.max(1, now - finger.lastAt);
    finger.velocity = 0.7 * (moved / passed) + 0.3 * finger.velocity;
    finger.lastY = event.clientY;
    finger.lastAt = now;
    this.#scroll(moved, event.clientX, event.clientY);
  }

  #up(event: PointerEvent): void {
    const finger = this.#finger;
    if (!finger || event.pointerId !== finger.id) return;
    this.#finger = null;
    const now = performance.now();
    if (!finger.dragging) {
      // In the gesture itself: a focus that comes later does not open the keyboard.
      if (now - finger.at < TAP_MS) this.focus();
      return;
    }
    const resting = now - finger.lastAt > 80;
    if (!resting && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      const velocity = Math.max(-FASTEST, Math.min(FASTEST, finger.velocity));
      this.#glide(velocity, now, event.clientX, event.clientY);
    }
  }

  #cancel(): void {
    this.#finger = null;
    this.#stopMomentum();
  }

  #glide(velocity: number, since: number, x: number, y: number): void {
    this.#glidedTo = this.term.buffer.active.viewportY;
    this.#momentum = requestAnimationFrame(() => {
      if (this.term.buffer.active.viewportY !== this.#glidedTo) return;
      const now = performance.now();
      const passed = Math.min(64, now - since);
      const slower = velocity * FRICTION ** (passed / 16);
      if (Math.abs(slower) < SLOWEST) return;
      this.#scroll(slower * passed, x, y);
      this.#glide(slower, now, x, y);
    });
  }

  #stopMomentum(): void {
    cancelAnimationFrame(this.#momentum);
  }

  /** Move the content with the finger by `pixels`; down shows what is above. */
  #scroll(pixels: number, x: number, y: number): void {
    const screen = this.term.element?.querySelector(".xterm-screen");
    const rowHeight = (screen?.clientHeight ?? 0) / this.term.rows;
    if (!rowHeight) return;
    this.#remainder -= pixels;
    const lines = Math.trunc(this.#remainder / rowHeight);
    if (lines === 0) return;
    this.#remainder -= lines * rowHeight;
    const { modes, buffer } = this.term;
    if (modes.mouseTrackingMode === "none" && buffer.active.type === "normal") this.term.scrollLines(lines);
    else this.#wheel(lines, x, y);
  }

  /** One wheel step a line: xterm makes of it what the program asked for, a report or an arrow. */
  #wheel(lines: number, clientX: number, clientY: number): void {
    const target = this.term.element?.querySelector(".xterm-screen") ?? this.term.element;
    for (let step = 0; step < Math.abs(lines); step += 1) {
      const init = { deltaY: Math.sign(lines), deltaMode: WheelEvent.DOM_DELTA_LINE, clientX, clientY, bubbles: true, cancelable: true };
      target?.dispatchEvent(new WheelEvent("wheel", init));
    }
  }
}
