/** A finger that stays on a button means what a right click means. Chromium says so itself after a while (contextmenu),
 * WebKit on tablets says nothing. */

import { useEffect, useMemo, useRef } from "preact/hooks";

const HOLD_MS = 500;
const SLOP_PX = 10;

type Pressed = PointerEvent & { currentTarget: HTMLElement };

class LongPress {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #from = { x: 0, y: 0 };
  /** Whether the finger that is down, or was last, has opened the menu. */
  #opened = false;

  /** `open` is called with the button. */
  constructor(private readonly open: (anchor: HTMLElement) => void) {}

  /** What the button listens to. */
  readonly listeners = {
    onPointerDown: (event: Pressed): void => {
      this.#opened = false;
      if (event.pointerType !== "touch") return;
      const { currentTarget } = event; // gone once the event is over
      this.#from = { x: event.clientX, y: event.clientY };
      this.#timer = setTimeout(() => {
        this.#opened = true;
        this.open(currentTarget);
      }, HOLD_MS);
    },
    onPointerMove: (event: Pressed): void => {
      if (Math.hypot(event.clientX - this.#from.x, event.clientY - this.#from.y) > SLOP_PX) this.stop();
    },
    onPointerUp: (): void => this.stop(),
    onPointerCancel: (): void => this.stop(),
    onContextMenu: (event: MouseEvent & { currentTarget: HTMLElement }): void => {
      event.preventDefault();
      this.stop();
      if (!this.#opened) this.open(event.currentTarget);
    },
  };

  /** Whether a click is one: not what the finger leaves that has opened the menu. */
  isClick({ detail }: MouseEvent): boolean {
    return !this.#opened || detail === 0; // a key is no finger
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** `open` is called with what was pressed. */
export function useLongPress(open: (anchor: HTMLElement) => void): LongPress {
  const latest = useRef(open);
  latest.current = open;
  const press = useMemo(() => new LongPress((anchor) => latest.current(anchor)), []);
  useEffect(() => () => press.stop(), []);
  return press;
}
