/** Searching the whole output: a field, and the lines that were found, the newest first. */

import { useSignal } from "@preact/signals";
import x from "lucide:x";
import { useEffect, useRef } from "preact/hooks";
import { size } from "../core/sizes";
import { IconButton } from "../shell/icon";
import { setTypingAids } from "../shell/typing_aids";
import type { OutputModel } from "./model";
import { type Ended, type Hit, searchIn } from "./search_stream";

/** Made of those that were found, which are at most 1000. */
const SHOWN = 200;

export function SearchPanel({ model }: { model: OutputModel }) {
  const field = useRef<HTMLInputElement>(null);
  const regex = useSignal(false);
  const exact = useSignal(false);
  const hits = useSignal<readonly Hit[]>([]);
  const words = useSignal("");
  const wrong = useSignal("");
  const shown = useSignal(SHOWN);
  const chosen = useSignal(-1);
  const running = useRef<AbortController | null>(null);
  useEffect(() => {
    if (field.current) setTypingAids(field.current, false);
    field.current?.focus();
    return () => running.current?.abort();
  }, []);
  useEffect(() => {
    const wanted = model.wantedSearch.value;
    if (!wanted || !field.current) return;
    model.wantedSearch.value = null;
    field.current.value = wanted.pattern;
    [regex.value, exact.value] = [wanted.regex, wanted.case];
    void search();
  }, [model.wantedSearch.value]);

  const search = async (): Promise<void> => {
    const pattern = field.current?.value ?? "";
    running.current?.abort();
    hits.value = [];
    wrong.value = words.value = "";
    chosen.value = -1;
    shown.value = SHOWN;
    if (!pattern) return;
    const mine = (running.current = new AbortController());
    const known = model.scroller.log; // of a view that opens just now nothing is known yet
    words.value = "Searching…";
    try {
      const ended = await searchIn(model.consoleId, { pattern, regex: regex.peek(), case: exact.peek() }, mine.signal, (more, at) => {
        if (more.length > 0) hits.value = [...hits.peek(), ...more];
        const { first, end: head } = known.peek();
        if (at !== null && head > at) words.value = `${countOf(hits.peek().length)} in the newest ${size(head - at)} of ${size(head - first)}…`;
      });
      words.value = endOf(ended, hits.peek().length);
    } catch (error) {
      if (mine.signal.aborted) return;
      words.value = "";
      wrong.value = error instanceof Error ? error.message : "The search broke off. Try again.";
    }
  };
  const go = (index: number): void => {
    const hit = hits.peek()[index];
    if (!hit) return;
    chosen.value = index;
    void model.scroller.to(hit.at, true);
  };
  const toggled = (what: typeof regex): void => {
    what.value = !what.peek();
    void search();
  };
  return (
    <div class="output-search">
      <form role="search" aria-label="Search the whole output" onSubmit={(event) => { event.preventDefault(); void search(); }}>
        <input ref={field} type="text" aria-label="Search the whole output" placeholder="Type, then Enter" enterkeyhint="search" autocomplete="off" maxLength={1000} />
        <button type="button" aria-pressed={exact.value} aria-label="Upper and lower case differ" title="Upper and lower case differ" onClick={() => toggled(exact)}>Aa</button>
        <button type="button" aria-pressed={regex.value} aria-label="Regular expression" title="Regular expression" onClick={() => toggled(regex)}>.*</button>
        <IconButton icon={x} label="Close the search" onClick={() => model.endSearch()} />
      </form>
      {wrong.value && <p class="error" role="alert">{wrong.value}</p>}
      {words.value && <p class="output-found" role="status" aria-label="Found">{words.value}</p>}
      {hits.value.length > 0 && (
        <ol aria-label="Lines found">
          {hits.value.slice(0, shown.value).map((hit, index) => (
            <li key={hit.at}>
              <button type="button" aria-current={chosen.value === index} onClick={() => go(index)}>
                {hit.cut && "…"}{hit.before}<mark>{hit.match}</mark>{hit.after}
              </button>
            </li>
          ))}
          {hits.value.length > shown.value && (
            <li><button type="button" onClick={() => { shown.value += SHOWN; }}>Show {Math.min(SHOWN, hits.value.length - shown.value)} more</button></li>
          )}
        </ol>
      )}
    </div>
  );
}

function countOf(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function endOf({ end, missing = 0 }: Ended, count: number): string {
  const gaps = missing > 0 ? ` ${size(missing)} in between are missing and were not searched.` : "";
  if (end === "hits") return `The newest ${countOf(count)}: a search ends after so many.${gaps}`;
  if (end === "time") return `${countOf(count)}. The search took too long and was ended: what is older was not searched.${gaps}`;
  return `${count === 0 ? "Nothing found" : countOf(count)}${gaps && `.${gaps}`}`;
}
