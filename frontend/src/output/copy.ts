/** Copying out of the whole output: what is selected, what a command printed, all of it. */

import type { Bytes } from "../core/log_scroll";
import { size } from "../core/sizes";
import { copyText } from "../console/clipboard";
import { copyPromised } from "../console/copy_promised";
import { logUrl } from "../console/store";
import { download } from "../shell/download";
import type { MenuEntry } from "../shell/menu";
import { say } from "../shell/notices";
import type { Card } from "../told";
import type { OutputModel } from "./model";

/** More is downloaded: a clipboard of that size helps nobody. */
const MOST_BYTES = 1024 * 1024;
const WITHIN_MS = 60_000;
/** Of what is said of copying the last word counts. */
const ABOUT = "copy";

type Printed = Pick<OutputModel, "source" | "consoleId">;

export function copyEntries(model: OutputModel): MenuEntry[] {
  const selected = selectedText();
  const card = model.chosen.peek();
  return [
    ...(selected ? [{ label: "Copy the selection", run: () => void copied(Promise.resolve(selected)) }] : []),
    ...(card ? ofCommand(model, card) : []),
    { label: "Copy all", run: () => copyAll(model) },
  ];
}

function ofCommand(model: OutputModel, card: Card): MenuEntry[] {
  return [
    { label: "Copy the command's output", run: () => copyCommand(model, card) },
    { label: "Download the command's output", run: () => download(logUrl(model.consoleId) + textOf(rangeOf(model, card))) },
  ];
}

export function copyCommand(model: OutputModel, card: Card): void {
  copyOutputOf(model, rangeOf(model, card));
}

/** What is kept of its output. */
function rangeOf({ scroller }: OutputModel, card: Card): Bytes {
  const { first, end } = scroller.log.peek();
  return { first: Math.max(first, card.start), end: card.end ?? end };
}

function textOf({ first, end }: Bytes): string {
  return `?as=text&first=${first}&end=${end}`;
}

/** Copy what is at `range` of a console's log, printed by one command. What is too much is offered as a download. */
export function copyOutputOf(console: Printed, range: Bytes): void {
  copyBytes(console, range, "What this command printed", textOf(range));
}

function copyAll(model: OutputModel): void {
  copyBytes(model, model.scroller.log.peek(), "All of it", "?as=text");
}

function copyBytes({ source, consoleId }: Printed, { first, end }: Bytes, what: string, query: string): void {
  if (end <= first) return void said("There is nothing to copy.");
  if (end - first > MOST_BYTES) {
    say(`${what} is ${size(end - first)}: more than ${size(MOST_BYTES)} is not copied. Download it as a file instead.`, "warn", { label: "Download", run: () => download(logUrl(consoleId) + query) }, ABOUT);
    return;
  }
  void copied(source.text(first, end, AbortSignal.timeout(WITHIN_MS)));
}

/** Copy it and say so; where the browser refuses, say what to do. */
export async function copied(text: Promise<string>): Promise<void> {
  try {
    if (!(await copyPromised(text))) return void (await copyText(await text));
    said(`Copied: ${[...(await text)].length.toLocaleString("en")} characters.`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "bad", null, ABOUT);
  }
}

function said(sentence: string): void {
  say(sentence, "info", null, ABOUT);
}

/** What is selected of the lines, "" for nothing: the buttons and words between them are left out. */
export function selectedText(): string {
  const selection = getSelection();
  const box = selection?.anchorNode?.parentElement?.closest(".output-box");
  if (!selection || selection.isCollapsed || !box) return "";
  const range = selection.getRangeAt(0);
  let text = "";
  for (const row of box.querySelectorAll(".output-line")) {
    if (!range.intersectsNode(row)) continue;
    if (text && !row.classList.contains("goes-on")) text += "\n";
    text += ofRow(row, range);
  }
  return text;
}

function ofRow(row: Element, range: Range): string {
  const own = document.createRange();
  own.selectNodeContents(row);
  if (row.contains(range.startContainer)) own.setStart(range.startContainer, range.startOffset);
  if (row.contains(range.endContainer)) own.setEnd(range.endContainer, range.endOffset);
  const more = row.querySelector(".output-more");
  if (more && range.comparePoint(row, row.childNodes.length - 1) < 1) own.setEndBefore(more);
  return own.toString();
}
