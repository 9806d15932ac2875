/** The command that was gone to, in words, with the way to the others: for fingers, and for who hears the page. */

import { h, render } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import down from "lucide:chevron-down";
import ellipsis from "lucide:ellipsis";
import up from "lucide:chevron-up";
import x from "lucide:x";
import { giveKeys } from "../console/active";
import { cardState, commandOf } from "../core/card_words";
import { cardSentence } from "../core/card_marks";
import { IconButton } from "../shell/icon";
import type { Gutter } from "./gutter";
import { openCardMenu } from "./menu";

const CLOCK_MS = 1000;
const shown = new WeakMap<Gutter, HTMLElement>();

/** Show it over the terminal, as long as a command is marked. */
export function showBar(gutter: Gutter): void {
  const place = gutter.terminal.root.closest(".console-pane")?.querySelector(".console-says");
  const host = shown.get(gutter) ?? document.createElement("div");
  if (!shown.has(gutter)) {
    host.className = "card-bar-place";
    shown.set(gutter, host);
    gutter.bar = host;
    new ResizeObserver(() => gutter.barChanged()).observe(host);
    render(h(CardBar, { gutter }), host);
  }
  if (host.parentElement !== place) place?.append(host);
}

/** The bar goes: where it had the keys they are the terminal's again. */
function keysBack(gutter: Gutter): void {
  if (shown.get(gutter)?.contains(document.activeElement)) giveKeys(() => gutter.terminal);
}

function CardBar({ gutter }: { gutter: Gutter }) {
  const now = useSignal(Date.now() / 1000);
  const card = gutter.current.value;
  const running = card?.state === "running";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => {
      if (gutter.alive) now.value = Date.now() / 1000;
      else gutter.current.value = null; // its tab was closed
    }, CLOCK_MS);
    return () => clearInterval(timer);
  }, [running]);
  if (!card) return null;
  const step = (by: 1 | -1): void => void (gutter.step(by) || keysBack(gutter));
  const { mark, look } = cardState(card);
  return (
    <div class="card-bar" role="group" aria-label="Commands of this console">
      <IconButton icon={up} label="Command before" onClick={() => step(-1)} />
      <IconButton icon={down} label="Next command" onClick={() => step(1)} />
      <p role="status" aria-live={running ? "off" : "polite"}>
        <span class="card-bar-command"><span class={`console-state ${look}`} aria-hidden="true">{mark}</span> {commandOf(card)}</span>
        <span class="card-bar-said">{cardSentence(card, Math.max(now.value, card.started))}{gutter.rowOf(card) === null && ", not among the lines held here"}</span>
      </p>
      <IconButton icon={ellipsis} label="Actions for this command" onClick={({ currentTarget }) => openCardMenu(currentTarget, gutter, card)} />
      <IconButton icon={x} label="Back to the prompt" onClick={() => { gutter.show(null); gutter.terminal.term.scrollToBottom(); keysBack(gutter); }} />
    </div>
  );
}
