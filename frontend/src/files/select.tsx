/** Select mode: several rows of the tree are chosen, by finger, mouse or key, and one bar acts on all of them. What is
 * acted on is what is in sight: rows of a folder that is closed again do not count. */

import "../later"; // with it, what all of them share is one chunk
import { computed, signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { allOf, counted, extended, NOTHING, outermost, toggled } from "../core/selection";
import { nameOf, parentOf } from "../core/refs";
import { say } from "../shell/notices";
import { wear } from "../wear";
import { download } from "./entry_menu";
import looks from "./select.css" with { type: "text" };
import { moveSeveral, removeSeveral } from "./several";
import { current, type Entry, folders, rows, type SelectMode, selecting } from "./tree";
import { downloadZip } from "./zip";

wear(looks);

/** Begin: with the row that was clicked or that a key was pressed on, or with none. */
export function select(ref: string | null, event?: MouseEvent | KeyboardEvent): void {
  if (!selecting.peek()) {
    const mode = new Selecting();
    selecting.value = mode;
    const from = current.peek();
    if (event?.shiftKey && from !== null) mode.press(from);
  }
  selecting.peek()?.press(ref, event);
}

function focusRow(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.tree-room [role=treeitem][tabindex="0"]')?.focus());
}

class Selecting implements SelectMode {
  readonly #chosen = signal(NOTHING);
  /** What is being done, "" while nothing is. */
  readonly doing = signal("");
  readonly entries = computed<readonly Entry[]>(() =>
    rows.value.flatMap((row) => (row.type === "entry" && this.has(row.entry.ref) ? [row.entry] : [])),
  );

  has(ref: string): boolean {
    return this.#chosen.value.refs.has(ref);
  }

  press(ref: string | null, event?: MouseEvent | KeyboardEvent): void {
    if (ref === null) return;
    if (event instanceof KeyboardEvent) this.key(event, ref);
    else if (event?.shiftKey) this.#extend(ref);
    else this.#toggle(ref);
  }

  #toggle(ref: string): void {
    current.value = ref;
    this.#chosen.value = toggled(this.#chosen.peek(), ref);
  }

  #extend(ref: string): void {
    current.value = ref;
    this.#chosen.value = extended(this.#chosen.peek(), order(), ref);
  }

  /** All rows of one folder; none of them where all are selected. */
  all(folder: string): void {
    const inside = rowsIn(folder);
    this.#chosen.value = allOf(this.#chosen.peek(), inside);
    if (this.hasAll(folder) && folders.peek().get(folder)?.more) say(`Of this folder ${inside.length} are listed so far: “Show more” below them lists the rest.`, "info", null, "more");
  }

  hasAll(folder: string): boolean {
    const inside = rowsIn(folder);
    return inside.length > 0 && inside.every((ref) => this.has(ref));
  }

  /** Whether the key is ours. */
  key(event: KeyboardEvent, ref: string): boolean {
    const { key, shiftKey } = event;
    if ((event.ctrlKey || event.metaKey) && key === "a") this.all(parentOf(ref));
    else if (key === "Escape") this.end();
    else if (key === "Delete") void this.remove();
    else if (key === " ") this.#toggle(ref);
    else if (shiftKey && (key === "ArrowDown" || key === "ArrowUp")) {
      const all = order();
      const to = all[all.indexOf(ref) + (key === "ArrowDown" ? 1 : -1)];
      if (to !== undefined) this.#extend(to);
      focusRow();
    } else return false;
    event.preventDefault();
    return true;
  }

  end(): void {
    selecting.value = null;
    if (document.activeElement?.closest(".files")) focusRow();
  }

  download(): void {
    const entries = outermost(this.entries.peek());
    const only = entries.length === 1 ? entries[0] : undefined;
    if (only?.kind === "file") download(only.ref);
    else void downloadZip(entries.map(({ ref }) => ref));
  }

  move = (): Promise<void> => this.#act(moveSeveral, "Moving");
  remove = (): Promise<void> => this.#act(removeSeveral, "Deleting");

  async #act(act: typeof moveSeveral, word: string): Promise<void> {
    const entries = this.entries.peek();
    if (entries.length === 0 || this.doing.peek()) return;
    try {
      if (await act(entries, () => (this.doing.value = `${word} ${counted(outermost(entries))}…`))) this.end();
    } finally {
      this.doing.value = "";
    }
  }

  bar(): VNode {
    return <Bar mode={this} />;
  }
}

const order = (): string[] => rows.peek().flatMap((row) => (row.type === "entry" ? [row.entry.ref] : []));
const rowsIn = (folder: string): string[] => order().filter((ref) => parentOf(ref) === folder);

function Bar({ mode }: { mode: Selecting }) {
  const bar = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState(""); // a status that is there before its words is read out
  const entries = mode.entries.value;
  const folder = parentOf(current.value ?? "");
  const where = folder ? nameOf(folder) : "the home folder";
  const words = mode.doing.value || (entries.length > 0 ? `${counted(entries)} selected` : "Nothing selected");
  useEffect(() => setSaid(words), [words]);
  const none = entries.length === 0 || mode.doing.value !== "";
  const all = mode.hasAll(folder) ? "Select none" : "Select all";
  return (
    <div ref={bar} class="select-bar" role="group" aria-label="Selected files" onKeyDown={(event) => event.key === "Escape" && mode.end()}>
      <p role="status" aria-label="Selection">{said}</p>
      <button type="button" aria-label={`${all} in ${where}`} title={`${all} in ${where}`} onClick={() => mode.all(folder)}>{all}</button>
      <button type="button" onClick={() => mode.end()}>Done</button>
      <div class="select-actions">
        <button type="button" disabled={none} onClick={() => mode.download()}>Download</button>
        <button type="button" disabled={none} onClick={() => void mode.move()}>Move…</button>
        <button type="button" class="danger" disabled={none} onClick={() => void mode.remove()}>Delete</button>
      </div>
    </div>
  );
}
