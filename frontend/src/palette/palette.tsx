/** The command palette and quick open: a field that narrows a list, by keyboard and by finger. */

import "../later"; // with it, what all of them share is one chunk
import "./styled";
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { best } from "../core/matching";
import { nameOf, parentOf } from "../core/refs";
import { openFile } from "../editor/buffers";
import { openDialog } from "../shell/overlays";
import { sayError } from "../shell/notices";
import { setTypingAids } from "../shell/typing_aids";
import { type Command, commands } from "./commands";
import { type Listed, listFiles } from "./known_files";

/** As many as one may look through; the letters typed bring the others. */
const MOST_SHOWN = 100;
const PAGE = 8;

/** Ask what to do or to open, and do it once the palette is gone and the focus is back. */
export async function showPalette(what: "commands" | "files"): Promise<void> {
  if (what === "commands") return (await openDialog<Command>("Commands", (close) => <Commands close={close} />))?.run();
  const ref = await openDialog<string>("Open a file", (close) => <Files close={close} />);
  if (ref !== null) openFile(ref);
}

function Commands({ close }: { close(one: Command): void }) {
  const [all] = useState(commands);
  return (
    <Chooser
      close={close} all={all} label="Command" hint="What do you want to do?" empty="No command is called that."
      textOf={({ label, of }) => `${label} ${of}`}
      row={({ label, of, keys, checked }: Command) => (
        <>
          <span class="palette-mark">{checked && "✓"}</span>
          <span class="palette-label">{label} {of && <span class="dim">{of}</span>}</span>
          {keys && <kbd>{keys}</kbd>}
        </>
      )}
    />
  );
}

function Files({ close }: { close(ref: string): void }) {
  const listed = useSignal<Listed>({ refs: [], more: true });
  useEffect(() => {
    const leaving = new AbortController();
    listFiles((found) => { listed.value = found; }, leaving.signal).catch(sayError);
    return () => leaving.abort();
  }, []);
  const { refs, more } = listed.value;
  return (
    <Chooser
      close={close} all={refs} label="File" hint="A part of its name"
      empty={more ? "No file that is known yet is called that. The tree has them all." : "No file is called that."}
      textOf={(ref) => `${nameOf(ref)} ${pathOf(ref)}`}
      row={(ref) => (
        <>
          <span class="palette-mark" />
          <span class="palette-label">{nameOf(ref)} <span class="dim">{pathOf(ref)}</span></span>
        </>
      )}
    />
  );
}

const pathOf = (ref: string): string => (parentOf(ref) ? parentOf(ref).split("/").map(nameOf).join("/") : "");

const plain = (field: HTMLInputElement | null): void => {
  if (field) setTypingAids(field, false);
};

interface ChooserProps<T> {
  /** Called with the one that was chosen. */
  close(one: T): void;
  all: readonly T[];
  /** What one of them is called. */
  label: string;
  hint: string;
  empty: string;
  textOf(one: T): string;
  row(one: T): ComponentChildren;
}

function Chooser<T>({ close, all, label, hint, empty, textOf, row }: ChooserProps<T>) {
  const typed = useSignal("");
  const at = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const given = useSignal(all);
  given.value = all;
  const shown = useComputed(() => best(typed.value, given.value, textOf, MOST_SHOWN));
  const current = Math.min(at.value, shown.value.length - 1);
  useLayoutEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [current, shown.value]);
  const take = (one: T | undefined): void => {
    if (one !== undefined) close(one);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const count = shown.value.length;
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: Math.min(current + PAGE, count - 1), PageUp: Math.max(current - PAGE, 0) }[event.key];
    if (event.key === "Enter") take(shown.value[current]);
    else if (to !== undefined && count > 0) at.value = (to + count) % count;
    else return;
    event.preventDefault();
  };
  return (
    <div class="palette">
      <input
        type="text" role="combobox" aria-label={label} aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
        aria-activedescendant={current >= 0 ? `palette-${current}` : undefined} placeholder={hint} autofocus
        ref={plain} autocomplete="off" enterkeyhint="go"
        onInput={({ currentTarget }) => { typed.value = currentTarget.value; at.value = 0; }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label={`${label}s`}>
        {shown.value.map((one, index) => (
          <div key={`${index} ${textOf(one)}`} id={`palette-${index}`} role="option" class="palette-row" aria-selected={index === current} onClick={() => take(one)}>{row(one)}</div>
        ))}
      </div>
      <p class="palette-none" role="status">{shown.value.length === 0 && empty}</p>
    </div>
  );
}
