/** Leading to a place in a text, also of a file that is only being opened. */

import type { EditorView } from "@codemirror/view";
import { lastInput } from "../console/active";
import { bufferOf, openFile } from "./buffers";
import { viewOf } from "./views";

/** A text that is not there by then is not shown: it may be a picture by now, or gone. */
const WITHIN_MS = 10_000;
const MOST_TRIES = 30;

/** Open a file and select `length` characters of a line (counted from 1) from a column (from 0), both in UTF-16 units. What is
 * not there any more is left out: the file may have changed. */
export async function openAt(ref: string, line: number, column: number, length: number): Promise<void> {
  openFile(ref);
  const { EditorView: Widget } = await import("./view"); // the editor's own chunk: a part of it would be cut out of it
  const dom = await textOf(ref);
  const view = dom && Widget.findFromDOM(dom);
  if (!view) return;
  const { doc } = view.state;
  const { from, to } = doc.line(Math.min(line, doc.lines));
  const anchor = Math.min(from + column, to);
  if (lastInput.peek() !== "touch") view.focus(); // after a finger no keyboard comes by itself
  view.dispatch({ selection: { anchor, head: Math.min(anchor + length, to) } });
  // A text that was opened just now is measured, and begins where it was left, some frames later.
  for (let tries = 0; tries < MOST_TRIES && !isInSight(view, anchor); tries += 1) {
    view.dispatch({ effects: Widget.scrollIntoView(anchor, { y: "center" }) });
    await frame();
    await frame();
  }
}

const frame = (): Promise<number> => new Promise(requestAnimationFrame);

function isInSight(view: EditorView, at: number): boolean {
  const place = view.coordsAtPos(at);
  const { top, bottom } = view.scrollDOM.getBoundingClientRect();
  return place !== null && place.top >= top && place.bottom <= bottom;
}

async function textOf(ref: string): Promise<HTMLElement | null> {
  for (const until = performance.now() + WITHIN_MS; performance.now() < until; ) {
    const dom = viewOf(bufferOf(ref))?.dom;
    if (dom?.isConnected) return dom;
    await frame();
  }
  return null;
}
