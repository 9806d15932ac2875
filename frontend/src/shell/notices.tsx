/** Sentences for the person that need no answer: what happened, what is safe, what to do. */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import x from "lucide:x";
import { IconButton } from "./icon";

/** A `wish` came true: it stays too, and looks as an `info`. */
export type Level = "info" | "wish" | "warn" | "bad";

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly level: Level;
  readonly action: { readonly label: string; run(): void } | null;
  readonly about: string;
}

const SHOWN_MS = 6000;
const MOST = 4;

const notices = signal<readonly Notice[]>([]);
let lastId = 0;

/**
 * Say `text`. An `info` goes by itself, the others wait to be dismissed; answers with how to take it back.
 * Of several with the same `about` only the last is shown, none when its text is empty.
 */
export function say(text: string, level: Level = "info", action: Notice["action"] = null, about = ""): () => void {
  lastId += 1;
  const id = lastId;
  const others = notices.value.filter((notice) => notice.text !== text && (!about || notice.about !== about));
  notices.value = text ? [...others.slice(1 - MOST), { id, text, level, action, about }] : others;
  const unsay = () => dismiss(id);
  if (level === "info") setTimeout(unsay, action ? 2 * SHOWN_MS : SHOWN_MS);
  return unsay;
}

/** Say what went wrong, in the words of the error. */
export function sayError(error: unknown): void {
  say(error instanceof Error ? error.message : String(error), "bad");
}

function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function Notices() {
  const box = useRef<HTMLDivElement>(null);
  const shown = notices.value;
  useLayoutEffect(() => {
    let stop: (() => void) | null | undefined;
    // Without the network where the style sheet has them.
    if (shown.length > 0) import("../later").then((parts) => { if (box.current && stop === undefined) stop = parts.placeNotices(box.current); }, () => undefined);
    return () => {
      stop?.();
      stop = null;
    };
  }, [shown]);
  return (
    <div ref={box} class="notices" role="status" aria-label="Notices">
      {shown.map(({ id, text, level, action }) => (
        <div key={id} class={`notice ${level}`}>
          <p>{text}</p>
          {action && (
            <button type="button" onClick={() => { dismiss(id); action.run(); }}>{action.label}</button>
          )}
          <IconButton icon={x} label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
