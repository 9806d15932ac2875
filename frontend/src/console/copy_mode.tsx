/** What a terminal holds as plain text: the system selects in it, by its own handles, where a terminal cannot be
 * selected from. Loaded when it is first wanted. */

import "../later"; // with it, what all of them share is one chunk
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { addressIn, type CopyText, copyText as textOf, MAX_LINES, textFrom, wordAt } from "../core/copy_text";
import { shownTitle } from "../core/naming";
import { say, sayError } from "../shell/notices";
import { openDialog } from "../shell/overlays";
import { wear } from "../wear";
import { mayCopy } from "./clipboard";
import looks from "./copy_mode.css" with { type: "text" };
import { rowsOf, textBefore } from "./rows";
import { consoleById } from "./store";
import type { ConsoleTerminal } from "./terminal";
import { openable } from "./weblinks";

wear(looks);

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Open the sheet at a cell, its word selected; without one at the end of what is in sight. Closed, the terminal has
 * the keys if it had them, and with `mayOpenKeyboard` the on-screen keyboard. */
export function openCopyMode(terminal: ConsoleTerminal, cell: Cell | undefined, mayOpenKeyboard: boolean): void {
  const { term } = terminal;
  const { viewportY } = term.buffer.active;
  const at = cell ?? { row: viewportY + term.rows - 1, column: 0 };
  const rows = rowsOf(term);
  const before = textBefore(term, at);
  const shown = textOf(rows, at.row, before);
  const below = terminal.typing.line.below;
  const output = below === null || term.buffer.active.type !== "normal" ? null : textFrom(rows, below);
  const had = terminal.root.contains(document.activeElement);
  const info = consoleById(terminal.consoleId);
  const title = `Text of ${info ? shownTitle(info) : "the console"}`;
  void openDialog<true>(title, (close) => <CopySheet title={title} shown={shown} output={output} selects={cell !== undefined} close={() => close(null)} />, { wide: true }).then(
    () => had && terminal.focus(mayOpenKeyboard),
  );
}

interface CopySheetProps {
  title: string;
  shown: CopyText;
  /** What stands below the line typed last; null when none was typed here. */
  output: string | null;
  /** Whether the word there is wanted. */
  selects: boolean;
  close: () => void;
}

function CopySheet({ title, shown, output, selects, close }: CopySheetProps) {
  const sheet = useRef<HTMLPreElement>(null);
  const selected = useSignal("");
  const refused = useSignal(false);
  const word = useMemo(() => (selects ? wordAt(shown.text, shown.at) : ([shown.at, shown.at] as const)), [shown, selects]);
  useLayoutEffect(() => {
    const noted = (): void => {
      const now = getSelection();
      // A tap on a button may take the selection away before the button is told.
      if (now && sheet.current?.contains(now.anchorNode)) selected.value = now.toString();
    };
    document.addEventListener("selectionchange", noted);
    return () => document.removeEventListener("selectionchange", noted);
  }, []);
  useEffect(() => {
    if (sheet.current) showAt(sheet.current, word);
    selected.value = shown.text.slice(...word);
  }, []);
  const copy = async (text: string): Promise<void> => {
    if (await mayCopy(text)) {
      close();
      say(`Copied: ${amountOf(text)}.`);
    } else refused.value = true; // here: what is said elsewhere lies behind this sheet
  };
  const link = openable(addressIn(selected.value) ?? "");
  return (
    <div class="copy-mode">
      <header>
        <h2>{title}</h2>
        <button type="button" onClick={close}>Done</button>
      </header>
      <pre ref={sheet} tabIndex={0} role="region" aria-label={`${title}, to select from`}>{shown.text}</pre>
      <footer onPointerDown={keepSelection} onMouseDown={keepSelection}>
        <p class="copy-mode-note" role="status">{refused.value ? REFUSED : noteOf(shown, output)}</p>
        <div class="dialog-buttons">
          <button type="button" class="primary" disabled={!selected.value} onClick={() => void copy(selected.value)}>Copy</button>
          <button type="button" disabled={!shown.text} onClick={() => void copy(shown.text)}>Copy all</button>
          <button type="button" disabled={!output} onClick={() => void copy(output ?? "")}>Copy last output</button>
          {link && <a class="button" href={link} target="_blank" rel="noopener noreferrer">Open link</a>}
          {"share" in navigator && <button type="button" disabled={!shown.text} onClick={() => share(selected.value || shown.text)}>Share</button>}
        </div>
      </footer>
    </div>
  );
}

const REFUSED = "The browser does not let this page copy. Select the text and use the system's own Copy.";

/** A button takes neither the selection nor the focus of what is selected. */
function keepSelection(event: Event): void {
  event.preventDefault();
}

/** Bring a place of the text into the middle of what is in sight, select it, and give it the keys. */
function showAt(sheet: HTMLElement, [from, to]: readonly [number, number]): void {
  sheet.focus({ preventScroll: true });
  const text = sheet.firstChild;
  const range = document.createRange();
  if (!text) return;
  range.setStart(text, from);
  range.setEnd(text, to);
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(range);
  const line = range.getClientRects()[0] ?? range.getBoundingClientRect();
  const box = sheet.getBoundingClientRect();
  if (line.height > 0) sheet.scrollTop += line.top - box.top - box.height / 2;
  else sheet.scrollTop = sheet.scrollHeight;
}

function share(text: string): void {
  navigator.share({ text }).catch((error: Error) => {
    if (error.name !== "AbortError") sayError(error);
  });
}

function noteOf({ older, newer }: CopyText, output: string | null): string {
  const held = older && newer ? `${lines(MAX_LINES)} around what was pressed` : older ? `The newest lines, at most ${lines(MAX_LINES)}` : newer ? `The oldest lines, at most ${lines(MAX_LINES)}` : "All that the terminal holds";
  return `${held}. Last output: ${output === null ? "nothing was typed here since the page was loaded" : "what stands below the line typed last"}.`;
}

function amountOf(text: string): string {
  const count = text.split("\n").length;
  return count > 1 ? lines(count) : `${[...text].length} ${text.length === 1 ? "character" : "characters"}`;
}

function lines(count: number): string {
  return `${count.toLocaleString("en-US").replaceAll(",", "\u2009")} lines`;
}
