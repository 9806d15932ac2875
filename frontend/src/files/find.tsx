/** Find in files: a field, and the lines that hold the text, file by file. What was found last is there again when it is opened
 * again, so that one goes from line to line. */

import "../later"; // with it, what all of them share is one chunk
import { signal } from "@preact/signals";
import x from "lucide:x";
import { useLayoutEffect, useRef } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { countWords, type Found, type FoundFile, type FoundLine } from "../core/found";
import { nameOf, parentOf } from "../core/refs";
import { openAt } from "../editor/go_to";
import { IconButton } from "../shell/icon";
import { filesOut } from "../shell/layout";
import { openDialog } from "../shell/overlays";
import { docked } from "../shell/screen";
import { setTypingAids } from "../shell/typing_aids";
import { wear } from "../wear";
import { query } from "./content";
import looks from "./find.css" with { type: "text" };

wear(looks);

const text = signal("");
const folder = signal("");
const exact = signal(false);
const everywhere = signal(false);
const found = signal<Found | null>(null);
const words = signal("");
const wrong = signal("");
/** The line that was opened last. */
const opened = signal<FoundLine | null>(null);
let scrolled = 0;
let running = new AbortController();

/** Open the search; in another folder than last time it begins anew. */
export async function showFind(where: string): Promise<void> {
  if (where !== folder.peek()) {
    folder.value = where;
    void search();
  }
  const chosen = await openDialog<Chosen>("Find in files", (close) => <Find close={close} />, { wide: true });
  if (!chosen) return;
  const [ref, line] = chosen;
  opened.value = line;
  if (!docked.peek()) filesOut.value = false; // they would lie over it
  await openAt(ref, line.line, line.column, line.match.length);
}

type Chosen = readonly [ref: string, line: FoundLine];

async function search(): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal: left } = running;
  found.value = opened.value = null;
  wrong.value = words.value = "";
  scrolled = 0;
  if (!text.peek()) return;
  words.value = "Searching…";
  const asked = new URLSearchParams({ text: text.peek(), case: exact.peek() ? "1" : "0", everywhere: everywhere.peek() ? "1" : "0" });
  try {
    const answer = await api.raw(inWorkspace(`files/find?${query(folder.peek())}&${asked}`), { signal: left });
    found.value = (await answer.json()) as Found;
    words.value = countWords(found.value);
  } catch (error) {
    if (left.aborted) return;
    words.value = "";
    wrong.value = error instanceof Error ? error.message : String(error);
  }
}

/** What is typed is not what was asked for: no answer, nor that there is none, is said beside it. */
function typed(now: string): void {
  running.abort();
  text.value = now;
  wrong.value = "";
  words.value = now && "Enter starts the search.";
}

function Find({ close }: { close(chosen: Chosen | null): void }) {
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (field.current) setTypingAids(field.current, false);
    field.current?.select();
    if (list.current) list.current.scrollTop = scrolled;
  }, []);
  const toggle = (what: typeof exact): void => {
    what.value = !what.peek();
    void search();
  };
  return (
    <div class="find-files" onKeyDown={(event) => step(event, list.current, field.current)}>
      <form role="search" aria-label="Find in files" onSubmit={(event) => { event.preventDefault(); void search(); }}>
        <input
          ref={field} type="text" aria-label="Text to find" placeholder="Find in files" enterkeyhint="search" autocomplete="off" maxLength={1000} autofocus
          defaultValue={text.peek()} onInput={({ currentTarget }) => typed(currentTarget.value)}
        />
        <button type="button" aria-pressed={exact.value} aria-label="Upper and lower case differ" title="Upper and lower case differ" onClick={() => toggle(exact)}>Aa</button>
        <IconButton icon={x} label="Close" onClick={() => close(null)} />
      </form>
      <div class="find-options">
        {wrong.value ? <p class="error" role="alert">{wrong.value}</p> : <p class="dim" role="status" aria-label="Found">{words.value}</p>}
        {folder.value && <button type="button" aria-label={`In ${nameOf(folder.value)}: search all files`} onClick={() => { folder.value = ""; void search(); }}>In {nameOf(folder.value)} ×</button>}
        <button type="button" aria-pressed={everywhere.value} title="Also hidden folders, packages and what was built" onClick={() => toggle(everywhere)}>All folders</button>
      </div>
      <div ref={list} class="find-results" role="region" aria-label="Lines found" onScroll={({ currentTarget }) => { scrolled = currentTarget.scrollTop; }}>
        {found.value?.files.map((file) => <Lines key={file.ref} file={file} open={(line) => close([file.ref, line])} />)}
      </div>
    </div>
  );
}

function Lines({ file, open }: { file: FoundFile; open(line: FoundLine): void }) {
  const where = parentOf(file.ref);
  return (
    <section>
      <h3>{nameOf(file.ref)} {where && <span class="dim">{where.split("/").map(nameOf).join("/")}</span>}</h3>
      <ol aria-label={`In ${nameOf(file.ref)}`}>
        {file.lines.map((line) => (
          <li key={line.line}>
            <button type="button" aria-current={opened.value === line} onClick={() => open(line)}>
              <span class="dim">{line.line}</span>
              <code>{line.before.trimStart()}<mark>{line.match}</mark>{line.after}</code>
            </button>
          </li>
        ))}
      </ol>
      {file.more > 0 && <p class="dim find-more">and {file.more} more lines in this file</p>}
    </section>
  );
}

/** The arrows go from the field into the lines, through them and back. */
function step(event: KeyboardEvent, list: HTMLElement | null, field: HTMLElement | null): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || event.isComposing) return;
  const rows = [...(list?.querySelectorAll("button") ?? [])];
  const to = rows.indexOf(document.activeElement as HTMLButtonElement) + by;
  if (document.activeElement === field && by < 0) return;
  event.preventDefault();
  (rows[to] ?? (to < 0 ? field : null))?.focus();
}
