/** All open files by ref. */

import { effect, signal, untracked } from "@preact/signals";
import { isWithin, moved } from "../core/refs";
import { frontFile, layout, openFiles } from "../shell/layout";
import { Buffer } from "./buffer";
import { stopView, viewOf } from "./views";

const all = signal<ReadonlyMap<string, Buffer>>(new Map());

export const buffers = all;

/** Texts whose tab was closed and that are still on their way to the server. */
const closing = new Set<Buffer>();
const everyText = (): readonly Buffer[] => [...all.peek().values(), ...closing];

/** The buffer of an open file; made and loaded at its first use. */
export function bufferOf(ref: string): Buffer {
  const known = all.peek().get(ref);
  if (known) return known;
  const buffer = new Buffer(ref);
  buffer.openRef = openFile;
  all.value = new Map([...all.peek(), [ref, buffer]]);
  void buffer.load();
  return buffer;
}

/** Show a file in a tab, in front. */
export function openFile(ref: string): void {
  layout.show("editor", ref);
}

/** Close a file's tab. Unsaved text stays as a draft and comes back when the file is opened again. */
export function closeFile(ref: string): void {
  const buffer = all.peek().get(ref);
  layout.close("editor", ref);
  if (!buffer) return;
  closing.add(buffer);
  void buffer.finish().finally(() => closing.delete(buffer));
  forget(ref);
}

function forget(ref: string): void {
  const buffer = all.peek().get(ref);
  if (buffer) stopView(buffer);
  all.value = new Map([...all.peek()].filter(([other]) => other !== ref));
}

/** A file or folder was moved: tabs and texts below it follow. */
export function filesMoved(from: string, to: string): void {
  for (const ref of openFiles.peek().filter((open) => isWithin(open, from))) {
    const next = moved(ref, from, to);
    const buffer = all.peek().get(ref);
    if (buffer) {
      all.value = new Map([...all.peek()].map(([key, value]) => (key === ref ? [next, value] : [key, value])));
      void buffer.moveTo(next);
      viewOf(buffer)?.renamed();
    }
    layout.rename(ref, next);
  }
}

/** A file or folder was deleted here, on purpose: its tabs go. */
export function filesRemoved(removed: string): void {
  for (const ref of openFiles.peek().filter((open) => isWithin(open, removed))) {
    void all.peek().get(ref)?.discard();
    layout.close("editor", ref);
    forget(ref);
  }
  wakeBuffers(); // there is more space
}

/** Something in the tree changed: the file in front is looked at now, the others when they come to
 * the front. */
export function filesChanged(): void {
  const front = frontFile.peek();
  for (const [ref, buffer] of all.peek()) {
    if (ref === front || buffer.dirty.peek()) void buffer.check();
  }
}

/** Start what keeps buffers safe; answers with how to stop. */
export function startBuffers(): () => void {
  const each = (act: (buffer: Buffer) => void) => (): void => everyText().forEach(act);
  const leave = each((buffer) => buffer.leave());
  const wake = each((buffer) => buffer.wake());
  const hidden = (): void => (document.visibilityState === "hidden" ? leave() : filesChanged());
  addEventListener("pagehide", leave);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", hidden);
  const stopLooking = effect(() => {
    const front = frontFile.value;
    if (front) untracked(() => void all.peek().get(front)?.check());
  });
  return () => {
    removeEventListener("pagehide", leave);
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", hidden);
    stopLooking();
  };
}

/** Bring every text to the server, while the login still lets it. */
export async function finishBuffers(): Promise<void> {
  await Promise.all(everyText().map((buffer) => buffer.finish()));
}

/** The network is back, or there is more space: save what waits. */
export function wakeBuffers(): void {
  all.peek().forEach((buffer) => buffer.wake());
}
