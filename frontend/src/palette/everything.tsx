/** The search over everything: commands, titles and output of all consoles, as one types; each leads to its lines. */

import "../later"; // with it, what all of them share is one chunk
import "./styled";
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { consoleById } from "../console/index";
import { moment } from "../core/ending";
import { type Answer, type Chosen, chosenIn, extended, foundWords, leftOf, missedWords, type Parts, type Place, type Row, sectionsOf } from "../core/everything";
import { shownTitle } from "../core/naming";
import { openLines } from "../output/earlier";
import { openDialog } from "../shell/overlays";
import { setTypingAids } from "../shell/typing_aids";
import { wear } from "../wear";
import css from "./everything.css" with { type: "text" };

wear(css);

const PAUSE_MS = 200;
const PAGE = 8;
const MORE = 50;
/** So long a search goes on by itself. */
const GO_ON_MS = 20_000;
const HINT = "Words of one line, in any order. A word finds longer ones that begin with it; “in quotes” is found as it stands.";

/** What was searched for last: who comes back from a line goes on with the next. */
let last = "";

export async function showEverything(): Promise<void> {
  const place = await openDialog<Place>("Search everything", (close) => <Everything close={close} />, { wide: true });
  if (place) openLines(place.console, place.at, place.epoch);
}

const ask = (query: Record<string, string>): Promise<Answer> => api.get<Answer>(inWorkspace(`search?${new URLSearchParams(query)}`));

const wordsOf = (refused: unknown): string => (refused instanceof Error ? refused.message : "The search broke off. Try again.");

function nameOf(id: string): string | undefined {
  const info = consoleById(id);
  return info ? shownTitle(info) : undefined;
}

function useSearch() {
  const answer = useSignal<Answer | null>(null);
  const wrong = useSignal("");
  const typed = useRef("");
  const answered = useRef("");
  const asking = useRef(false);
  const going = useSignal(false);
  /** Of who goes on by itself the last one does, and none of what is not typed any more. */
  const turns = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => { clearTimeout(timer.current); typed.current = answered.current = ""; turns.current += 1; }, []);

  /** One at a time; what is typed meanwhile is asked next, and the answer before it is dropped. */
  const search = async (): Promise<void> => {
    const q = typed.current;
    if (asking.current || !q) return;
    clearTimeout(timer.current); // else the same is asked again, and the list begins anew
    asking.current = true;
    let found: Answer | null = null;
    let error = "";
    try {
      found = await ask({ q });
    } catch (refused) {
      error = wordsOf(refused);
    }
    asking.current = false;
    if (q !== typed.current) return search();
    answer.value = found;
    going.value = false;
    answered.current = found ? q : "";
    wrong.value = error;
    if (found) await goOn();
  };
  /** Search what there was no time for, the newest first, until each console has a line or was looked at to its end. */
  const goOn = async (): Promise<void> => {
    const [q, turn] = [answered.current, (turns.current += 1)];
    const until = performance.now() + GO_ON_MS;
    wrong.value = "";
    const next = (): ReturnType<typeof leftOf> => (turn === turns.current && performance.now() < until ? leftOf(answer.peek()?.consoles ?? []) : undefined);
    try {
      for (let left = next(); left; left = next()) {
        going.value = true;
        const found = await ask({ q, console: left.console, before: String(left.left.at) });
        if (turn !== turns.current || !answer.value) break;
        const now = extended(answer.value, left.console, found);
        if (now === answer.value) break;
        answer.value = now;
      }
    } catch (refused) {
      if (turn === turns.current) wrong.value = wordsOf(refused);
    }
    if (turn === turns.current) going.value = false;
  };
  const type = (text: string, pause = PAUSE_MS): void => {
    last = text;
    turns.current += 1;
    typed.current = text.trim();
    clearTimeout(timer.current);
    if (typed.current) timer.current = setTimeout(() => void search(), pause);
    else answer.value = null;
    wrong.value = "";
  };
  const more = async (console: string): Promise<void> => {
    const q = answered.current; // what is typed by now may be another search
    const hits = answer.peek()?.consoles.find((one) => one.console === console)?.hits ?? [];
    const before = hits.at(-1)?.at;
    try {
      const next = await ask({ q, console, limit: String(MORE), ...(before !== undefined && { before: String(before) }) });
      if (q !== answered.current || !answer.value) return;
      answer.value = extended(answer.value, console, next);
      if (!going.peek()) await goOn();
    } catch (refused) {
      if (q === typed.current) wrong.value = wordsOf(refused);
    }
  };
  /** Whether what is shown answers what is typed by now. */
  const isAnswered = (): boolean => typed.current === answered.current;
  return { answer, wrong, going, type, more, goOn, isAnswered };
}

function Everything({ close }: { close(place: Place): void }) {
  const { answer, wrong, going, type, more, goOn, isAnswered } = useSearch();
  const chosen = useSignal<Chosen>({ at: 0 });
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const sections = useComputed(() => (answer.value ? sectionsOf(answer.value, going.value, nameOf) : []));
  const rows = useComputed(() => sections.value.flatMap((one) => one.rows));
  const current = chosenIn(rows.value, chosen.value);
  useLayoutEffect(() => {
    if (!field.current) return;
    setTypingAids(field.current, false);
    field.current.select();
    if (last.trim()) type(last, 0);
  }, []);
  useLayoutEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [current, rows.value[current]?.key, chosen.value]); // else a list that somebody scrolls goes back with each piece
  const take = (row: Row | undefined): void => {
    if (row?.place) close(row.place);
    else if (row) {
      if (row === rows.peek()[current]) chosen.value = { at: current }; // the first of those that come
      void (row.console ? more(row.console) : goOn());
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const count = rows.value.length;
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: Math.min(current + PAGE, count - 1), PageUp: Math.max(current - PAGE, 0) }[event.key];
    if (event.key === "Enter") isAnswered() ? take(rows.value[current]) : type(last, 0);
    else if (to !== undefined && count > 0) {
      const next = (to + count) % count;
      chosen.value = { at: next, key: rows.value[next]?.key };
    }
    else return;
    event.preventDefault();
  };
  let index = -1;
  return (
    <div class="palette everything">
      <input
        ref={field} type="text" role="combobox" aria-label="Search everything" aria-expanded="true" aria-controls="everything-list" aria-autocomplete="list"
        aria-activedescendant={current >= 0 ? `everything-${current}` : undefined} placeholder="When did I last see this?" autofocus
        autocomplete="off" enterkeyhint="go" maxLength={200} value={last}
        onInput={({ currentTarget }) => { chosen.value = { at: 0 }; type(currentTarget.value); }}
        onKeyDown={onKeyDown}
      />
      {wrong.value && <p class="error everything-wrong" role="alert">{wrong.value}</p>}
      <p class="palette-none" role="status">{answer.value ? [foundWords(answer.value), ...missedWords(answer.value, Date.now() / 1000, going.value)].join(" ") : HINT}</p>
      <div ref={list} id="everything-list" role="listbox" aria-label="Found">
        {sections.value.map(({ key, title, detail, rows: mine }) => (
          <div key={key} role="group" aria-label={title}>
            <div class="everything-title" role="presentation"><strong>{title}</strong> <span class="dim">{detail}</span></div>
            {mine.map((row) => {
              index += 1;
              return <Found key={row.key} row={row} index={index} current={index === current} take={take} />;
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

function Found({ row, index, current, take }: { row: Row; index: number; current: boolean; take(row: Row): void }) {
  const when = row.time === null ? "" : moment(row.time);
  return (
    <div id={`everything-${index}`} role="option" class="palette-row" aria-selected={current} onClick={() => take(row)}>
      {(when || row.where) && <span class="everything-when dim">{[when, row.where].filter(Boolean).join(" · ")}</span>}
      <span class={row.code ? "everything-line code" : "everything-line"}><Marked parts={row.parts} /></span>
    </div>
  );
}

function Marked({ parts }: { parts: Parts }) {
  return <>{parts.map((part, at) => (at % 2 ? <mark key={at}>{part}</mark> : part))}</>;
}
