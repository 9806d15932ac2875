/** One key on glass. It never takes the focus, so the on-screen keyboard stays as it is. */

import { useEffect, useRef } from "preact/hooks";
import { keepFocus } from "../console/active";
import { heldState } from "../console/modifiers";
import { type Direction, directionOf } from "../core/steering";
import { Icon } from "../shell/icon";
import type { Key } from "./key";

const REPEAT_AFTER_MS = 400;
/** A finger that is to steer may first have to slide: a key that can waits so long before its first press. */
const STEER_WITHIN_MS = 150;
const REPEAT_EVERY_MS = 50;
const MENU_AFTER_MS = 450;

interface KeyButtonProps {
  held: Key;
  /** Serves the row and types nothing. */
  plain?: boolean;
  /** The finger stays on a key that has more to it. */
  onMenu?: (key: Key, anchor: HTMLElement) => void;
  /** Whether its menu is there. */
  opened?: boolean;
}

interface Steering {
  readonly x: number;
  readonly y: number;
  readonly to: Direction | null;
}

export function KeyButton({ held: key, plain = false, onMenu, opened = false }: KeyButtonProps) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** Whether the finger that is down, or was last, has done all it will. */
  const spent = useRef(false);
  const steering = useRef<Steering | null>(null);
  const stop = (): void => {
    clearTimeout(timer.current);
    steering.current = null;
  };
  useEffect(() => stop, []);
  const repeat = (press: () => void, delay: number): void => {
    timer.current = setTimeout(() => {
      if (document.hidden) return stop(); // nobody may say that the finger was lifted
      press();
      repeat(press, REPEAT_EVERY_MS);
    }, delay);
  };
  const begin = (press: () => void): void => {
    spent.current = true;
    press();
    repeat(press, REPEAT_AFTER_MS);
  };
  const move = ({ clientX, clientY }: PointerEvent): void => {
    const { steer } = key;
    const now = steering.current;
    if (!steer || !now) return;
    const to = directionOf(clientX - now.x, clientY - now.y, now.to);
    if (to === now.to) return;
    clearTimeout(timer.current);
    steering.current = { ...now, to };
    if (to) begin(() => steer(to));
  };
  const down = (event: PointerEvent, anchor: HTMLElement): void => {
    spent.current = false;
    stop();
    if (key.steer) {
      steering.current = { x: event.clientX, y: event.clientY, to: null };
      timer.current = setTimeout(() => document.hidden || begin(key.press), STEER_WITHIN_MS);
    } else if (key.repeats) begin(key.press);
    else if (key.menu && onMenu) {
      timer.current = setTimeout(() => {
        spent.current = true;
        onMenu(key, anchor);
      }, MENU_AFTER_MS);
    }
  };
  const state = key.sticky && heldState(key.sticky);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={key.name}
      aria-pressed={state ? state !== "off" : key.pressed}
      aria-description={state === "locked" ? "locked" : undefined}
      aria-haspopup={key.opens}
      aria-expanded={key.opens && opened}
      class={[state === "locked" && "locked", plain && "plain", key.menu && "more", key.steer && "steers", isWord(key) && "word"].filter(Boolean).join(" ")}
      onPointerDown={(event) => {
        keepFocus(event);
        if (event.button === 0) down(event, event.currentTarget);
      }}
      onPointerMove={move}
      onPointerUp={stop}
      onPointerCancel={stop}
      onPointerLeave={stop}
      onMouseDown={keepFocus}
      onContextMenu={keepFocus}
      onClick={(event) => {
        // detail 0: pressed by a screen reader or script, without a pointer.
        if (spent.current && event.detail !== 0) return;
        if (key.opens) onMenu?.(key, event.currentTarget);
        else key.press();
      }}
    >
      <Face of={key} />
    </button>
  );
}

export const Face = ({ of: { face, icon } }: { of: Key }) => (icon ? <Icon body={face} /> : <>{face}</>);

export const isWord = ({ face, icon }: Key): boolean => !icon && /[a-z]{2}/i.test(face);
