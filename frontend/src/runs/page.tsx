/** All that ran in the workspace's consoles: what runs now, what failed, what it took, and the ways on from there. */

import "../later"; // with it, what all of them share is one chunk
import x from "lucide:x";
import { useEffect, useRef, useState } from "preact/hooks";
import { actions, consoles, sizeForNew } from "../console/index";
import { shownTitle } from "../core/naming";
import { asksForAnything, ANYTHING, MOST_HELD, type Wanted } from "../core/run_list";
import { IconButton } from "../shell/icon";
import { layout } from "../shell/layout";
import { sayError } from "../shell/notices";
import { openDialog } from "../shell/overlays";
import { setTypingAids } from "../shell/typing_aids";
import { wear } from "../wear";
import type { Acting } from "./actions";
import { RunRows } from "./list";
import { runs } from "./model";
import css from "./runs.css" with { type: "text" };

export { showComparison } from "./comparison";

wear(css);

/** Letters that come in a row are one question. */
const TYPED_MS = 250;
let shown = false;

export function showRuns(): void {
  if (shown) return;
  shown = true;
  void openDialog<null>("Runs", (close) => <Page close={() => close(null)} />, { wide: true }).then(() => { shown = false; });
}

function Page({ close }: { close: () => void }) {
  const [said, setSaid] = useState({ sentence: "", bad: false });
  useEffect(() => runs.start(), []);
  const acting: Acting = { leave: close, say: (sentence: string, bad = false): void => setSaid({ sentence, bad }) };
  const { cards, more } = runs.list.value;
  const trouble = runs.trouble.value;
  const known = runs.known.value;
  useEffect(() => {
    if (known && more && cards.length === 0) runs.older(); // all that is held belongs to consoles that were removed
  }, [known, more, cards]);
  return (
    <div class="runs">
      <header>
        <h2 tabIndex={-1} autofocus>Runs</h2>
        <IconButton icon={x} label="Close" onClick={close} />
      </header>
      <Filter />
      {cards.length > 0 && <RunRows cards={cards} more={more} acting={acting} />}
      {cards.length === 0 && !trouble && (known && !more ? <Empty leave={close} /> : <p class="runs-note dim">One moment…</p>)}
      {trouble && <p class="runs-note error" role="alert">{trouble} <button type="button" onClick={() => runs.again()}>Try again</button></p>}
      {cards.length >= MOST_HELD && more && <p class="runs-note dim">The newest {MOST_HELD} that fit. Older ones come with a narrower filter.</p>}
      <p class={`runs-said ${said.bad ? "error" : ""}`} role="status" aria-label="Said">{said.sentence}</p>
    </div>
  );
}

const STATES = [[null, "All"], ["running", "Running"], ["failed", "Failed"]] as const;
const KINDS = [["", "All kinds"], ["command", "Commands"], ["statement", "Python statements"], ["run", "Runs of files"]] as const;

function Filter() {
  const field = useRef<HTMLInputElement>(null);
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { text, console, kind, state } = runs.wanted.value;
  useEffect(() => {
    if (field.current) setTypingAids(field.current, false);
    return () => clearTimeout(typing.current);
  }, []);
  const now = (): void => {
    clearTimeout(typing.current);
    const typed = field.current?.value ?? "";
    if (typed !== runs.wanted.peek().text) runs.want({ text: typed });
  };
  const onInput = (): void => {
    clearTimeout(typing.current);
    typing.current = setTimeout(now, TYPED_MS);
  };
  useEffect(() => {
    if (field.current && text === "") field.current.value = ""; // "Show all"
  }, [text]);
  return (
    <form class="runs-filter" role="search" aria-label="Filter" onSubmit={(event) => { event.preventDefault(); now(); }}>
      <input ref={field} type="text" aria-label="Part of the command" placeholder="Part of a command" defaultValue={text} maxLength={200} enterkeyhint="search" autocomplete="off" onInput={onInput} />
      <div role="group" aria-label="State">
        {STATES.map(([value, word]) => (
          <button key={word} type="button" aria-pressed={state === value} onClick={() => runs.want({ state: value })}>{word}</button>
        ))}
      </div>
      <select aria-label="Console" value={console ?? ""} onChange={({ currentTarget }) => runs.want({ console: currentTarget.value || null })}>
        <option value="">All consoles</option>
        {(consoles.value ?? []).map((info) => <option key={info.id} value={info.id}>{shownTitle(info)}</option>)}
      </select>
      <select aria-label="Kind" value={kind ?? ""} onChange={({ currentTarget }) => runs.want({ kind: (currentTarget.value || null) as Wanted["kind"] })}>
        {KINDS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
      </select>
    </form>
  );
}

function Empty({ leave }: { leave: () => void }) {
  const wanted = runs.wanted.value;
  const start = (): void => {
    leave();
    actions.create("bash", sizeForNew()).then(({ id }) => layout.show("console", id), sayError);
  };
  if (asksForAnything(wanted)) {
    return (
      <div class="runs-empty">
        <p>Nothing ran here yet. Each command of a Bash console, each statement of a Python console and each run of a file will be listed here, with how it ended, its time, memory and output.</p>
        <button type="button" class="primary" onClick={start}>New Bash console</button>
      </div>
    );
  }
  return (
    <div class="runs-empty">
      <p>{asksForAnything({ ...wanted, state: null }) && wanted.state === "running" ? "Nothing runs at this moment." : "Nothing that ran fits."}</p>
      <button type="button" class="primary" onClick={() => runs.want(ANYTHING)}>Show all</button>
    </div>
  );
}
