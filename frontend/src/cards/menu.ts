/** What can be done with a command: its menu. */

import { cpuOf, peakHow, peakOf } from "../core/card_words";
import { cardSentence, shortCommand } from "../core/card_marks";
import { moment } from "../core/ending";
import { keysOf } from "../core/key_words";
import { bells } from "../console/bells";
import { copied, copyOutputOf } from "../output/copy";
import { LogSource } from "../output/source";
import { isApple } from "../shell/key_help";
import type { MenuEntry } from "../shell/menu";
import { say, sayError } from "../shell/notices";
import { openMenu } from "../shell/overlays";
import type { Card } from "../told";
import { showBar } from "./bar";
import type { Gutter } from "./gutter";
import { runAgain } from "./run_again";

export function openCardMenu(anchor: Element, gutter: Gutter, card: Card): void {
  openMenu(anchor, `Actions for ${shortCommand(card)}`, cardEntries(gutter, card));
}

function cardEntries(gutter: Gutter, card: Card): MenuEntry[] {
  const go = (by: 1 | -1): void => {
    gutter.show(card);
    gutter.step(by);
    showBar(gutter);
  };
  return [
    { heading: shortCommand(card) },
    ...said(card).map((heading) => ({ heading })),
    ...(card.state === "running" ? [{ label: "Tell me when it finishes", run: () => tellMe(card) }] : []),
    { label: card.state === "running" ? "Copy output so far" : "Copy output", run: () => copyOutput(gutter, card) },
    { label: "Copy command", disabled: card.command === "", run: () => void copied(Promise.resolve(card.command)) },
    { label: "Run again", disabled: card.command === "", run: () => again(card) },
    { label: "Show in whole output", run: () => showWhole(card) },
    "line",
    { label: "Command before", keys: keysOf("previous-command", isApple), run: () => go(-1) },
    { label: "Next command", keys: keysOf("next-command", isApple), run: () => go(1) },
  ];
}

function again(card: Card): void {
  runAgain(card).then((why) => say(why, "warn", null, "again"), sayError);
}

/** Set a bell on this one command. */
function tellMe(card: Card): void {
  bells.set(card.console, { when: "finished", once: true, card: card.id })
    .then(() => say(`You will be told when ${shortCommand(card)} finishes.`), sayError);
}

/** From the log: also what the terminal holds no more. */
function copyOutput({ terminal: { channel } }: Gutter, { console: consoleId, start, end }: Card): void {
  copyOutputOf({ source: new LogSource(consoleId), consoleId }, { first: start, end: end ?? channel?.parsed ?? start });
}

/** Open the whole output at what the command printed. */
function showWhole(card: Card): void {
  import("../output/open").then(({ showCommand }) => showCommand(card)).catch(sayError);
}

/** "Failed (2) after 3.2 s, began 14:02", "1.2 s of CPU, 312 MiB of memory at most (sampled)". */
function said(card: Card): string[] {
  const now = Date.now() / 1000;
  const sentence = cardSentence(card, now);
  const used = [
    ...(card.cpu_seconds === null ? [] : [`${cpuOf(card)} of CPU`]),
    ...(card.peak_bytes === null ? [] : [`${peakOf(card)} of memory at most${peakHow(card) && ` (${peakHow(card)})`}`]),
  ];
  return [`${sentence[0]?.toUpperCase()}${sentence.slice(1)}, began ${moment(card.started)}`, ...(used.length > 0 ? [used.join(", ")] : [])];
}
