/** Search in what a terminal holds, scrollback included. Loaded when it is first wanted. */

import "../later"; // with it, what all of them share is one chunk
import { type ISearchOptions, SearchAddon } from "@xterm/addon-search";
import type { Terminal } from "@xterm/xterm";
import { useSignal } from "@preact/signals";
import down from "lucide:chevron-down";
import up from "lucide:chevron-up";
import x from "lucide:x";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { IconButton } from "../shell/icon";
import { sayError } from "../shell/notices";
import { setTypingAids } from "../shell/typing_aids";
import { wear } from "../wear";
import { readColours } from "./colours";
import css from "./find_bar.css" with { type: "text" };
import type { ConsoleTerminal } from "./terminal";

wear(css);

interface FindBarProps {
  readonly terminal: ConsoleTerminal;
}

interface Results {
  readonly resultIndex: number;
  readonly resultCount: number;
}

const addons = new WeakMap<Terminal, SearchAddon>();

/** A terminal takes an add-on once, and lets go of it with itself. */
function addonOf(term: Terminal): SearchAddon {
  const found = addons.get(term) ?? new SearchAddon();
  if (!addons.has(term)) term.loadAddon(found);
  addons.set(term, found);
  return found;
}

/** Every match on the ground of a selection, the one gone to with a border around it. */
function options(): ISearchOptions {
  const { xterm } = readColours();
  const ground = xterm.selectionBackground ?? "";
  const border = xterm.blue ?? "";
  return { decorations: { matchBackground: ground, matchOverviewRuler: ground, activeMatchBackground: ground, activeMatchBorder: border, activeMatchColorOverviewRuler: border } };
}

export function FindBar({ terminal }: FindBarProps) {
  const { term } = terminal;
  const close = (): void => terminal.searching.close();
  const field = useRef<HTMLInputElement>(null);
  const results = useSignal<Results | null>(null);
  const at = useRef<{ x: number; y: number } | null>(null);
  const search = useMemo(() => addonOf(term), [term]);
  useLayoutEffect(() => {
    if (field.current) setTypingAids(field.current, false);
    field.current?.focus();
    const following = search.onDidChangeResults((found) => { results.value = found; });
    return () => {
      following.dispose();
      search.clearDecorations();
      term.clearSelection();
    };
  }, [search]);

  const typed = (): void => {
    const text = field.current?.value ?? "";
    term.clearSelection(); // from the end: what was printed last is looked for first
    if (text) {
      search.findPrevious(text, options());
      at.current = term.getSelectionPosition()?.start ?? null;
    } else {
      search.clearDecorations();
      results.value = null;
    }
  };
  const go = (back: boolean): void => {
    const text = field.current?.value ?? "";
    if (!text) return;
    const from = results.value?.resultIndex;
    // Where the add-on goes on from is the selection, which a resize (a keyboard, the key row) takes away.
    if (!term.hasSelection() && at.current) term.select(at.current.x, at.current.y, text.length);
    const step = (): unknown => search[back ? "findPrevious" : "findNext"](text, options());
    step();
    if (from === results.value?.resultIndex) step(); // the first search of all is found again once
    at.current = term.getSelectionPosition()?.start ?? null;
  };
  /** The same in the view of the whole output, beyond what the terminal holds. */
  const all = (): void => {
    const pattern = field.current?.value ?? "";
    import("../output/open").then(({ searchOutput }) => {
      close();
      searchOutput(terminal.consoleId, { pattern, regex: false, case: false });
    }, sayError);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  return (
    <form
      class="console-find"
      role="search"
      aria-label="Find in the output"
      onSubmit={(event) => { event.preventDefault(); go(false); }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); go(true); }
        else key(event);
      }}
    >
      <input ref={field} type="text" aria-label="Find in the output" placeholder="Find" enterkeyhint="search" autocomplete="off" onInput={typed} />
      <span class="console-find-count" role="status" aria-label="Matches">{countOf(results.value)}</span>
      <IconButton icon={up} label="Previous match" onClick={() => go(true)} />
      <IconButton icon={down} label="Next match" onClick={() => go(false)} />
      <IconButton icon={x} label="Close the search" onClick={close} />
      {results.value && (
        <p class="console-find-rest">
          {isFull(term) && <span>In the newest {term.options.scrollback?.toLocaleString("en-US")} lines.</span>}
          <button type="button" onClick={all}>Search all of the output</button>
        </p>
      )}
    </form>
  );
}

/** Whether older lines may have been there, which the terminal holds no more. */
function isFull({ buffer: { normal }, options }: Terminal): boolean {
  return normal.baseY >= (options.scrollback ?? 0);
}

/** "3 of 17"; beyond what the add-on counts only that there are more. */
function countOf(results: Results | null): string {
  if (!results) return "";
  const { resultIndex, resultCount } = results;
  if (resultCount === 0) return "none";
  return resultIndex < 0 ? `${resultCount}+` : `${resultIndex + 1} of ${resultCount}`;
}
