/** What can be done with one entry of the list. */

import { runAgain } from "../cards/run_again";
import { copyPromised } from "../console/copy_promised";
import { consoleById } from "../console/index";
import { factsOf, shortCommand } from "../core/card_marks";
import { shownFolder, shownTitle } from "../core/naming";
import { openLines } from "../output/earlier";
import type { MenuEntry } from "../shell/menu";
import { openMenu } from "../shell/overlays";
import type { Card } from "../told";
import { outputOf } from "./card_output";
import { showComparison } from "./comparison";
import { showOutputText } from "./output_text";

const MAX_COPIED_BYTES = 1024 * 1024;

export interface Acting {
  /** Closes the list. */
  leave(): void;
  /** Says a sentence in the list; `bad` for what did not work. */
  say(sentence: string, bad?: boolean): void;
}

export function showCardMenu(anchor: Element, card: Card, acting: Acting): void {
  openMenu(anchor, `Actions for ${shortCommand(card)}`, entries(card, acting));
}

function entries(card: Card, acting: Acting): readonly MenuEntry[] {
  return [
    { heading: shortCommand(card) },
    ...[placeOf(card), ...factsOf(card, Date.now() / 1000)].filter(Boolean).map((heading) => ({ heading })),
    { label: "Show its lines", keys: "Enter", run: () => showLines(card, acting) },
    { label: "Copy the output", keys: "C", run: () => copyOutput(card, acting) },
    { label: "Run again", keys: "R", run: () => again(card, acting) },
    ...(card.state === "ended" ? [{ label: "Compare with the last run", keys: "D", run: () => compare(card, acting) }] : []),
  ];
}

/** Where it ran, for a row that has no room for it. */
function placeOf({ console, cwd }: Card): string {
  const info = consoleById(console);
  return [info ? shownTitle(info) : "", shownFolder(cwd)].filter(Boolean).join(" · ");
}

/** What a key of the list does with the card that it is on. Whether it is one. */
export function cardKey(key: string, card: Card, acting: Acting): boolean {
  if (key === "c") copyOutput(card, acting);
  else if (key === "r") again(card, acting);
  else if (key === "d" && card.state === "ended") compare(card, acting);
  else return false;
  return true;
}

export function showLines({ console, start, epoch, id }: Card, { leave }: Acting): void {
  leave();
  openLines(console, start, epoch, id);
}

function again(card: Card, { leave, say }: Acting): void {
  runAgain(card, leave).then((why) => why && say(why, true), said(say));
}

function compare(card: Card, { say }: Acting): void {
  say("");
  showComparison(card).then((why) => why && say(why), said(say));
}

const said = (say: Acting["say"]) => (error: unknown): void => say(error instanceof Error ? error.message : String(error), true);

/** Copy within the gesture that asked for it: the text comes later. Where that is refused the text is shown to be copied by hand. */
function copyOutput(card: Card, { say }: Acting): void {
  say("Copying…");
  const output = outputOf(card, MAX_COPIED_BYTES);
  copyPromised(output.then(({ text }) => text)).then(async (done) => {
    const { text, lines, left } = await output;
    if (text === "") say(["It printed nothing.", ...left].join(" "));
    else if (done) say([`Copied: ${lines === 1 ? "1 line" : `${lines} lines`}.`, ...left].join(" "));
    else {
      say("");
      showOutputText(text, left);
    }
  }).catch(said(say));
}
