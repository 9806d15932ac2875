/**
 * The compose line: an ordinary field of several lines in front of a terminal, for what a terminal cannot take from an
 * on-screen keyboard: input methods, dictation, corrections, a text looked over before it goes.
 */

import "../later"; // with it, what all of them share is one chunk
import "./styled";
import { useComputed, useSignal } from "@preact/signals";
import arrowDown from "lucide:chevron-down";
import arrowUp from "lucide:chevron-up";
import spell from "lucide:spell-check";
import x from "lucide:x";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { giveKeys, keepFocus } from "../console/active";
import { terminalOf } from "../console/room";
import { consoleById, consoles } from "../console/store";
import { afterSending, MAX_TEXT_CHARS } from "../core/compose";
import { shownTitle } from "../core/naming";
import { harmless } from "../core/pasting";
import { straight } from "../core/straight";
import { link } from "../session";
import { IconButton } from "../shell/icon";
import { setTypingAids } from "../shell/typing_aids";
import { keepComposed, loadComposed } from "./composed";
import { composing } from "./slot";

const CORRECTING = "compose-corrects";

/** Go into the field, once it is there and what it was asked for in is gone. */
export function focusCompose(): void {
  queueMicrotask(() => document.querySelector<HTMLElement>(".compose textarea")?.focus());
}

type Field = RefObject<HTMLTextAreaElement | null>;

/** What stands in the field, what was sent before, and how to go from one to the other. */
function useTexts(consoleId: string, field: Field) {
  const composed = useSignal(loadComposed(consoleId));
  /** Which of the sent ones is shown, counted from the newest; 0 is what waits. */
  const back = useSignal(0);
  const waiting = useRef("");
  const grow = (): void => {
    const { current } = field;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight + 2}px`; // the style sheet says how high at most
  };
  const show = (text: string): void => {
    if (field.current) field.current.value = text;
    grow();
  };
  const keep = (): void => keepComposed(consoleId, composed.peek());
  useLayoutEffect(() => show(composed.peek().text), []);
  return {
    back,
    composed,
    typed: (): void => {
      back.value = 0;
      grow();
      composed.value = { ...composed.peek(), text: field.current?.value ?? "" };
      keep();
    },
    go: (by: number): void => {
      const { sent } = composed.peek();
      const to = Math.max(0, Math.min(sent.length, back.peek() + by));
      if (to === back.peek()) return;
      if (back.peek() === 0) waiting.current = field.current?.value ?? "";
      back.value = to;
      show(to === 0 ? waiting.current : (sent[sent.length - to] ?? ""));
    },
    sent: (text: string): void => {
      back.value = 0;
      if (text) composed.value = afterSending(composed.peek(), text);
      keep();
      show("");
    },
  };
}

/** Whether corrections are on; of this device. */
function useCorrections(field: Field) {
  const corrects = useSignal(localStorage.getItem(CORRECTING) === "yes");
  useLayoutEffect(() => {
    if (field.current) setTypingAids(field.current, corrects.value);
  }, [corrects.value]);
  const toggle = (): void => {
    corrects.value = !corrects.value;
    localStorage.setItem(CORRECTING, corrects.value ? "yes" : "no");
  };
  return { corrects, toggle };
}

/** Where a keyboard that was to correct nothing put one curly sign, the plain one. */
function straighten(field: HTMLTextAreaElement, inserted: string): void {
  const plain = straight(inserted);
  const at = field.selectionStart;
  if (plain !== inserted) field.setRangeText(plain, at - inserted.length, at, "end");
}

export function Compose({ consoleId }: { consoleId: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { back, composed, typed, go, sent } = useTexts(consoleId, field);
  const { corrects, toggle } = useCorrections(field);
  const trouble = useComputed(() => {
    const info = consoles.value?.find(({ id }) => id === consoleId);
    if (info && info.state !== "running") return "This console has ended. The text stays here.";
    return link.status.value === "connected" ? "" : "Not connected. The text stays here.";
  });
  const onInput = ({ data, isComposing }: InputEvent): void => {
    if (field.current && data && !isComposing && !corrects.peek()) straighten(field.current, data);
    typed();
  };
  const send = (enter: boolean): void => {
    const terminal = terminalOf(consoleId);
    const text = field.current?.value ?? "";
    if (!terminal || trouble.peek() || (!text && !enter)) return;
    if (text.includes("\n")) terminal.typing.paste(text); // as one piece, where the program can take it so
    else if (text) terminal.typing.type(harmless(text));
    if (enter) terminal.typing.type("\r");
    sent(text);
  };
  const close = (): void => {
    composing.value = false;
    giveKeys(() => terminalOf(consoleId));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { current } = field;
    if (!current || event.isComposing) return;
    const { value, selectionStart: at, selectionEnd: to } = current;
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send(true);
    else if (event.key === "Escape") close();
    else if (event.key === "ArrowUp" && at === to && !value.slice(0, at).includes("\n")) go(1);
    else if (event.key === "ArrowDown" && back.peek() > 0 && at === to && !value.slice(at).includes("\n")) go(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const info = consoleById(consoleId);
  return (
    <section class="compose" aria-label={`Compose for ${info ? shownTitle(info) : "the console"}`} onMouseDown={(event) => event.target !== field.current && keepFocus(event)}>
      <textarea
        ref={field} rows={1} maxLength={MAX_TEXT_CHARS} aria-label="Text to send" placeholder={`To ${info ? shownTitle(info) : "the console"}`} enterkeyhint="enter" autocomplete="off"
        onInput={onInput} onKeyDown={onKeyDown}
      />
      <p class="compose-trouble" role="status">{trouble.value}</p>
      <div class="compose-buttons">
        <IconButton icon={arrowUp} label="Earlier text" disabled={back.value >= composed.value.sent.length} onClick={() => go(1)} />
        <IconButton icon={arrowDown} label="Later text" disabled={back.value === 0} onClick={() => go(-1)} />
        <IconButton icon={spell} label="Correct what I write" pressed={corrects.value} onClick={toggle} />
        <IconButton icon={x} label="Close the compose line" onClick={close} />
        <span class="compose-rest" />
        <button type="button" disabled={trouble.value !== ""} onClick={() => send(false)}>Send</button>
        <button type="button" class="primary" aria-label="Send and Enter" disabled={trouble.value !== ""} onClick={() => send(true)}>Send ⏎</button>
      </div>
    </section>
  );
}
