/**
 * Fingers on a terminal: core/gesture says what they mean, here it is done. A tap focuses (and so opens the
 * on-screen keyboard) or opens a link, a drag scrolls with momentum, a finger that stays opens the text to select
 * from, two change the size of the letters. In full-screen programs a drag becomes wheel reports or arrows.
 * Scrolling never focuses. xterm.js 6.0.0 leaves touch alone; a newer one may not: tests/browser/test_xterm_upgrade.py
 * says what can go.
 */

import type { Terminal } from "@xterm/xterm";
import { coast, type Finger, type Gesture, Gestures, HOLD_MS } from "../core/gesture";

export interface TouchActions {
  /** Called in the gesture itself: a focus that comes later does not open the keyboard. */
  focus(): void;
  /** Open the link at this place of the window; false where there is none. */
  openLink(x: number, y: number): boolean;
  select(x: number, y: number): void;
  /** Make letters `scale` times as large as when the fingers came down; `over` once they are lifted. */
  zoom(scale: number, over: boolean): void;
}

/** What the browser makes of a touch besides, for pages that know only a mouse. */
const MOUSE_EVENTS = ["mousemove", "mousedown", "mouseup", "click", "contextmenu"] as const;

export class TerminalTouch {
  #gestures = new Gestures();
  #remainder = 0;
  /** The frame in which it glides on; 0 while it does not. */
  #momentum = 0;
  /** Whether the finger that is down, or was last, stopped a glide: that is all it was for. */
  #caught = false;
  #holding: ReturnType<typeof setTimeout> | undefined;
  /** The row at the top when the glide was last here: whoever scrolls meanwhile ends it. */
  #glidedTo = 0;
  #listening: AbortController | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly term: Terminal,
    private readonly actions: TouchActions,
  ) {}

  start(): void {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.root.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    // Not of the root: output takes the rows away that a finger is on, and with them what says where it went.
    window.addEventListener("pointermove", (event) => this.#act(this.#gestures.move(fingerOf(event))), { signal });
    window.addEventListener("pointerup", (event) => this.#act(this.#gestures.up(fingerOf(event))), { signal });
    window.addEventListener("pointercancel", (event) => this.#act(this.#gestures.cancel(event.pointerId)), { signal });
    document.addEventListener("visibilitychange", () => this.#drop(), { signal });
    this.root.addEventListener("contextmenu", (event) => this.#menu(event), { signal, capture: true });
  }

  stop(): void {
    this.#listening?.abort();
    this.#listening = null;
    this.#drop();
  }

  /** Nobody may say what becomes of the fingers: the pane goes, or the page is left. */
  #drop(): void {
    this.#stopWaiting();
    this.#act(this.#gestures.drop());
  }

  #down(event: PointerEvent): void {
    if (event.pointerType !== "touch") return this.actions.focus(); // a pen or mouse types with the same keyboards
    // The first finger of all: of another that was down it was not told that it is lifted, as when the app was left.
    if (event.isPrimary) this.#act(this.#gestures.drop());
    if (!this.#gestures.touched) this.#caught = this.#momentum !== 0;
    this.#stopWaiting();
    this.#remainder = 0;
    const first = !this.#gestures.touched;
    this.#act(this.#gestures.down(fingerOf(event)));
    if (first) this.#holding = setTimeout(() => this.#act(this.#gestures.held()), HOLD_MS);
  }

  #act(gesture: Gesture | null): void {
    switch (gesture?.what) {
      case "tap":
        if (this.#caught || this.actions.openLink(gesture.x, gesture.y)) swallowMouse(true);
        else this.actions.focus();
        break;
      case "press":
        swallowMouse(!this.#gestures.touched);
        this.actions.select(gesture.x, gesture.y);
        break;
      case "pan":
        this.#scroll(gesture.moved, gesture.x, gesture.y);
        break;
      case "fling":
        if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.#glide(gesture.velocity, performance.now(), gesture.x, gesture.y);
        break;
      case "pinch":
        swallowMouse(!this.#gestures.touched);
        this.actions.zoom(gesture.scale, gesture.over);
    }
  }

  /** The menu that a finger brings elsewhere has no place here. */
  #menu(event: MouseEvent): void {
    if (!this.#gestures.touched && (event as PointerEvent).pointerType !== "touch") return;
    event.preventDefault();
    event.stopPropagation();
  }

  #glide(velocity: number, since: number, x: number, y: number): void {
    this.#glidedTo = this.term.buffer.active.viewportY;
    this.#momentum = requestAnimationFrame(() => {
      this.#momentum = 0;
      const { viewportY, baseY, type } = this.term.buffer.active;
      const ends = type === "normal" && viewportY === (velocity > 0 ? 0 : baseY);
      if (viewportY !== this.#glidedTo || ends) return;
      const now = performance.now();
      const next = coast(velocity, Math.min(64, now - since));
      if (!next) return;
      this.#scroll(next.moved, x, y);
      this.#glide(next.velocity, now, x, y);
    });
  }

  #stopWaiting(): void {
    clearTimeout(this.#holding);
    cancelAnimationFrame(this.#momentum);
    this.#momentum = 0;
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

/** So long after a finger is lifted a browser makes a click of it. */
const MOUSE_FOLLOWS_MS = 700;
let swallowing: AbortController | null = null;

/** No mouse follows this touch, `lifted` or not: it would press what has come under the finger. */
function swallowMouse(lifted: boolean): void {
  swallowing?.abort();
  const until = (swallowing = new AbortController());
  const { signal } = until;
  const swallow = (event: MouseEvent): void => {
    if (event.type === "click" && event.detail === 0) return; // no pointer: a screen reader, or a key
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const name of MOUSE_EVENTS) window.addEventListener(name, swallow, { signal, capture: true });
  window.addEventListener("pointerdown", () => until.abort(), { signal, capture: true });
  const soon = (): void => void setTimeout(() => until.abort(), MOUSE_FOLLOWS_MS);
  if (lifted) soon();
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, soon, { signal });
}

function fingerOf({ pointerId: id, clientX: x, clientY: y, timeStamp: at }: PointerEvent): Finger {
  return { id, x, y, at };
}
