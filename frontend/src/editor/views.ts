/** The text widgets that are alive, by buffer. Knows nothing of CodeMirror, so that it may be loaded
 * before it. */

import { signal } from "@preact/signals";
import type { Buffer } from "./buffer";

export interface LiveView {
  readonly dom: HTMLElement;
  focus(): void;
  blur(): void;
  find(): void;
  undo(): void;
  redo(): void;
  /** What an editor's command does, of those that keys of the key row stand for. */
  press(key: EditorKey): void;
  /** Put in text where the cursor is, as if typed: brackets close, words are completed. */
  type(text: string): void;
  /** What is selected, in whole lines where it is several; with nothing selected the line of the cursor, which goes on to the next. */
  takeLines(): string;
  shown(): void;
  renamed(): void;
}

export type EditorKey = "indent" | "outdent" | "left" | "right" | "up" | "down" | "comment" | "escape";

/** The text that is typed into; null once the focus is in another field. */
export const activeView = signal<LiveView | null>(null);

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
  if (activeView.peek() === viewOf(buffer)) activeView.value = null;
  views.delete(buffer);
}

/** End the widget of a buffer whose tab was closed; nothing happens when there is none. */
export function stopView(buffer: Buffer): void {
  views.get(buffer)?.stop();
}
