/** The command whose lines are shown: what it was, how it ended, and the ways to those around it. */

import down from "lucide:chevron-down";
import up from "lucide:chevron-up";
import x from "lucide:x";
import { cardState, commandOf, span, wallSeconds } from "../core/card_words";
import { moment } from "../core/ending";
import { size } from "../core/sizes";
import { IconButton } from "../shell/icon";
import type { Card } from "../told";
import { copyCommand } from "./copy";
import type { OutputModel } from "./model";

export function CommandBar({ model }: { model: OutputModel }) {
  const card = model.chosen.value;
  if (!card) return null;
  const { mark, look, word } = cardState(card);
  const command = commandOf(card);
  return (
    <div class="output-command" role="group" aria-label="Command in sight">
      <p role="status">
        <span class={`console-state ${look}`} aria-hidden="true">{mark}</span>
        <code title={command}>{command}</code>
        <span class="dim">{word} · {saidOf(card, model)}</span>
      </p>
      <button type="button" onClick={() => copyCommand(model, card)}>Copy output</button>
      <IconButton icon={up} label="Command before" onClick={() => void model.step(true)} />
      <IconButton icon={down} label="Next command" onClick={() => void model.step(false)} />
      <IconButton icon={x} label="Mark no command" onClick={() => model.leave()} />
    </div>
  );
}

/** When it was, how long it took, and how much of what it printed is there. */
function saidOf(card: Card, { scroller }: OutputModel): string {
  const { first, end } = scroller.log.value;
  const stop = card.end ?? end;
  const kept = stop <= first && stop > card.start ? "its output is gone" : card.start < first ? `the last ${size(stop - first)} of its output` : stop > card.start ? size(stop - card.start) : "printed nothing";
  const took = card.ended === null ? "" : `${span(wallSeconds(card, card.ended))} · `;
  return `${took}${moment(card.started)} · ${kept}`;
}
