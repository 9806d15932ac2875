/** The rows of the list, of which those in sight are made. */

import ellipsis from "lucide:ellipsis";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { consoleById } from "../console/index";
import { shortCommand } from "../core/card_marks";
import { cardState, clockOf, commandOf, cpuOf, peakHow, peakOf, span, wallSeconds } from "../core/card_words";
import { moment } from "../core/ending";
import { shownFolder, shownTitle } from "../core/naming";
import { madeRows } from "../core/row_window";
import { IconButton } from "../shell/icon";
import { useLongPress } from "../shell/long_press";
import type { Card } from "../told";
import { type Acting, cardKey, showCardMenu, showLines } from "./actions";
import { runs } from "./model";

/** The rows that are made follow the scrolling in steps of so many. */
const STEP_ROWS = 10;
/** Older ones are asked for when so many rows are left below. */
const AHEAD_ROWS = 40;

export function RunRows({ cards, more, acting }: { cards: readonly Card[]; more: boolean; acting: Acting }) {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [current, setCurrent] = useState<number | null>(null);
  /** How many came above while somebody read further down. */
  const [fresh, setFresh] = useState(0);
  const before = useRef<readonly Card[]>(cards);
  const rowPx = (): number => Number.parseFloat(box.current ? getComputedStyle(box.current).getPropertyValue("--run-row") : "") || 56;
  const at = Math.max(0, cards.findIndex(({ id }) => id === current));
  const visible = Math.ceil(Math.max(screen.height, screen.width) / 56) + STEP_ROWS;
  const made = madeRows(cards.length, first, visible, at);
  const scrolled = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    const px = rowPx();
    runs.top = scrollTop;
    if (scrollTop === 0) setFresh(0);
    setFirst(Math.floor(scrollTop / px / STEP_ROWS) * STEP_ROWS);
    if (more && (scrollTop + clientHeight) / px > cards.length - AHEAD_ROWS) runs.older();
  };
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = runs.top;
    // Arrows and letters work at once, unless somebody types into the filter.
    if (!document.activeElement?.closest(".runs-filter")) box.current?.querySelector<HTMLElement>('.run-row > [tabindex="0"]')?.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    // What is new comes above: nothing moves under who reads further down, or is about to tap.
    const element = box.current;
    const old = before.current[0];
    before.current = cards;
    if (!element || !old) return;
    const added = cards.findIndex(({ id }) => id === old.id);
    if (added > 0 && (element.scrollTop > 0 || element.matches(":active") || (element.matches(":hover") && matchMedia("(hover: hover)").matches))) {
      element.scrollTop += added * rowPx();
      setFresh((count) => count + added);
    }
    scrolled();
  }, [cards, more]);
  const go = (index: number): void => {
    const card = cards[Math.max(0, Math.min(cards.length - 1, index))];
    if (!card) return;
    setCurrent(card.id);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>('.run-row > [tabindex="0"]')?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const card = cards[at];
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowPx()) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: cards.length - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (!cardKey(event.key.toLowerCase(), card, acting)) return;
    event.preventDefault();
  };
  return (
    <div class="runs-list">
      {fresh > 0 && <button type="button" class="runs-fresh" onClick={() => box.current?.scrollTo({ top: 0 })}>↑ {fresh} new</button>}
      <div ref={box} class="runs-box" onScroll={scrolled} onKeyDown={onKeyDown}>
        <ul role="list" aria-label="What ran" style={{ "--rows": cards.length }}>
          {made.map(({ index, gap }) => {
            const card = cards[index] as Card;
            return <Row key={card.id} card={card} gap={gap} place={index + 1} of={more ? -1 : cards.length} here={index === at} acting={acting} focused={() => setCurrent(card.id)} />;
          })}
        </ul>
      </div>
    </div>
  );
}

interface RowProps {
  card: Card;
  /** How many before it are not made. */
  gap: number;
  place: number;
  of: number;
  here: boolean;
  acting: Acting;
  focused: () => void;
}

function Row({ card, gap, place, of, here, acting, focused }: RowProps) {
  const press = useLongPress((row) => showCardMenu(row, card, acting));
  const { mark, look, word } = cardState(card);
  const info = consoleById(card.console);
  const command = commandOf(card);
  const running = card.state === "running";
  const wall = running ? clockOf(card, runs.now.value) : span(wallSeconds(card, card.ended ?? card.started));
  const how = peakHow(card);
  const took = [
    ...(card.cpu_seconds === null ? [] : [`CPU ${cpuOf(card)}`]),
    ...(card.peak_bytes === null ? [] : [`${peakOf(card)}${how && ` ${how}`}`]),
  ].join(" · ");
  return (
    <li class="run-row" style={{ "--rows-above": gap }} aria-posinset={place} aria-setsize={of} onFocusIn={focused}>
      <button
        type="button" class="run-lines" tabIndex={here ? 0 : -1} title={command}
        {...press.listeners}
        onClick={(event) => press.isClick(event) && showLines(card, acting)}
      >
        <span class={`console-state ${look}`} aria-hidden="true">{mark}</span>
        <span class="run-command">{command}</span>
        <span class="run-wall">{wall}</span>
        <span class="run-facts">
          <span class={`run-word ${look}`}>{word}</span>{" "}
          <span class="run-where">{info ? shownTitle(info) : "a removed console"} · {shownFolder(card.cwd)}</span>
        </span>
        <span class="run-figures-line"><span class="run-started">{moment(card.started)}</span>{took && ` · ${took}`}</span>
      </button>
      <IconButton icon={ellipsis} label={`More actions for ${shortCommand(card)}`} tabIndex={here ? 0 : -1} onClick={({ currentTarget }) => showCardMenu(currentTarget, card, acting)} />
    </li>
  );
}
