/** Choosing a command of a console, the newest first, by a part of what was typed. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cardState, commandOf, span, wallSeconds } from "../core/card_words";
import { moment } from "../core/ending";
import { DialogBody, openDialog } from "../shell/overlays";
import { setTypingAids } from "../shell/typing_aids";
import type { Card } from "../told";
import { commandsOf, type Listed } from "./commands";

/** Who types goes on typing. */
const TYPED_MS = 150;

export function chooseCommand(consoleId: string): Promise<Card | null> {
  return openDialog<Card>("Go to a command", (close) => <CommandList consoleId={consoleId} close={close} />);
}

function CommandList({ consoleId, close }: { consoleId: string; close(card: Card): void }) {
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const listed = useSignal<Listed | null>(null);
  const typed = useSignal("");
  const wrong = useSignal("");
  const asked = useRef(0);
  const failed = (error: Error): void => { wrong.value = error.message; }; // a notice would lie below the dialog
  const ask = (text: string, before?: number): void => {
    const mine = (asked.current += 1);
    wrong.value = "";
    commandsOf(consoleId, { text: text.trim(), ...(before === undefined ? {} : { before }) }).then((found) => {
      if (mine !== asked.current) return;
      listed.value = { cards: [...(before === undefined ? [] : (listed.peek()?.cards ?? [])), ...found.cards], more: found.more };
    }, failed);
  };
  /** What is listed may be of what was typed before. */
  const first = (): void => {
    commandsOf(consoleId, { text: typed.peek().trim(), limit: 1 }).then(({ cards: [card] }) => card && close(card), failed);
  };
  useEffect(() => {
    if (field.current) setTypingAids(field.current, false);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => ask(typed.value), listed.peek() === null ? 0 : TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    (rows[at + step] ?? (step < 0 ? field.current : rows.at(-1)))?.focus();
  };
  const cards = listed.value?.cards ?? [];
  return (
    <DialogBody title="Go to a command">
      <form class="output-commands" onKeyDown={onKeyDown} onSubmit={(event) => { event.preventDefault(); first(); }}>
        <input ref={field} type="text" aria-label="Part of the command" placeholder="A part of it" autofocus autocomplete="off" enterkeyhint="go" maxLength={200} onInput={({ currentTarget }) => { typed.value = currentTarget.value; }} />
        <div ref={box} class="output-command-list" role="list" aria-label="Commands">
          {cards.map((card) => <div role="listitem" key={card.id}><Row card={card} choose={() => close(card)} /></div>)}
          {listed.value?.more && <button type="button" onClick={() => ask(typed.peek(), cards.at(-1)?.id)}>Show older ones</button>}
        </div>
        {wrong.value && <p class="error" role="alert">{wrong.value}</p>}
        <p class="output-none" role="status">{listed.value && cards.length === 0 ? noneOf(typed.value) : ""}</p>
      </form>
    </DialogBody>
  );
}

function Row({ card, choose }: { card: Card; choose(): void }) {
  const { mark, look, word } = cardState(card);
  return (
    <button type="button" onClick={choose}>
      <span class={`console-state ${look}`} aria-hidden="true">{mark}</span>
      <code>{commandOf(card)}</code>
      <span class="dim">{word}{card.ended !== null && ` · ${span(wallSeconds(card, card.ended))}`} · {moment(card.started)}</span>
    </button>
  );
}

function noneOf(typed: string): string {
  return typed.trim() ? "No command here has that in it." : "No command is known here: Bash and Python tell them, other shells and what is never recorded do not.";
}
