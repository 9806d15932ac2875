/** The text widgets that are alive, by buffer. Knows nothing of CodeMirror, so that it may be loaded
 * before it. */

import { signal } from "@preact/signals";
import type { Buffer } from "./buffer";

export interface LiveView {
  readonly dom: HTMLElement;
  focus(): void;
  find(): void;
  undo(): void;
  redo(): void;
  shown(): void;
  renamed(): void;
}

/** Where the cursor of the last used text is: line and column count from 1. */
export const cursor = signal<{ readonly ref: string; readonly line: number; readonly column: number } | null>(null);

const views = new Map<Buffer, { view: LiveView; stop(): void }>();

export function viewOf(buffer: Buffer): LiveView | undefined {
  return views.get(buffer)?.view;
}

export function keepView(buffer: Buffer, view: LiveView, stop: () => void): void {
  views.set(buffer, { view, stop });
}

export function forgetView(buffer: Buffer): void {
  views.delete(buffer);
}

/** End the widget of a buffer whose tab was closed; nothing happens when there is none. */
export function stopView(buffer: Buffer): void {
  views.get(buffer)?.stop();
}
