/** A divider between panes, or between the files and the panes: drag, arrows, Home, End, Enter,
 * double tap. */

import { useRef } from "preact/hooks";
import type { Direction } from "../core/split";

interface DividerProps {
  label: string;
  /** How the two sides stand; a `row` has an upright divider. */
  direction: Direction;
  value: number;
  min: number;
  max: number;
  step: number;
  /** Where a double tap and Enter lead. */
  middle: number;
  controls: string;
  style: Record<string, string>;
  /** The value for a pointer at this place on the screen. */
  at(x: number, y: number): number;
  onChange(value: number): void;
}

const DOUBLE_TAP_MS = 350;
const SLACK_PX = 3;

export function Divider({ label, direction, value, min, max, step, middle, controls, style, at, onChange }: DividerProps) {
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const tapped = useRef(0);
  const frame = useRef(0);
  const set = (next: number): void => onChange(Math.min(max, Math.max(min, next)));
  const onKeyDown = (event: KeyboardEvent): void => {
    const [less, more] = direction === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const to = { [less as string]: value - step, [more as string]: value + step, Home: min, End: max, Enter: value === middle ? min : middle }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    set(to);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const start = drag.current;
    if (!start) return;
    start.moved ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLACK_PX;
    if (!start.moved) return;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => set(at(event.clientX, event.clientY)));
  };
  const onPointerUp = (event: PointerEvent): void => {
    const { moved } = drag.current ?? { moved: true };
    drag.current = null;
    if (moved) return;
    if (event.timeStamp - tapped.current < DOUBLE_TAP_MS) set(middle);
    tapped.current = event.timeStamp;
  };
  return (
    <div
      role="separator"
      class={`divider ${direction}`}
      style={style}
      tabIndex={0}
      aria-label={label}
      aria-orientation={direction === "row" ? "vertical" : "horizontal"}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-controls={controls}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY, moved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (drag.current = null)}
    />
  );
}
