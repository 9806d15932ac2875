/** What can be done with a command: its menu. */

import { factsOf, shortCommand } from "../core/card_marks";
import { keysOf } from "../core/key_words";
import { bells } from "../console/bells";
import { consoleById } from "../console/store";
import { copied, copyOutputOf } from "../output/copy";
import { warnOfOthers } from "../output/other_lines";
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

/** The whole output, where that is shown over the terminal. */
export function outputOver({ terminal: { root } }: Gutter): Element | null {
  return root.closest(".console-pane")?.querySelector(".output-view") ?? null;
}

/** Go to the command before or after, in the whole output. */
export const stepIn = (output: Element, by: 1 | -1): boolean => output.dispatchEvent(new CustomEvent("command", { detail: by }));

function cardEntries(gutter: Gutter, card: Card): MenuEntry[] {
  const go = (by: 1 | -1): void => {
    const output = outputOver(gutter);
    if (output) return void stepIn(output, by);
    gutter.show(card);
    gutter.step(by);
    showBar(gutter);
  };
  return [
    { heading: shortCommand(card) },
    ...factsOf(card, Date.now() / 1000).map((heading) => ({ heading })),
    ...(card.state === "running" ? [{ label: "Tell me when it finishes", checked: bellsOf(card).length > 0, run: () => tellMe(card) }] : []),
    { label: card.state === "running" ? "Copy output so far" : "Copy output", run: () => copyOutput(gutter, card) },
    { label: "Copy command", disabled: card.command === "", run: () => void copied(Promise.resolve(card.command)) },
    { label: "Run again", disabled: card.command === "", run: () => again(card) },
    ...(card.state === "ended" ? [{ label: "Compare with the last run", run: () => compare(card) }] : []),
    { label: "Show in whole output", run: () => showWhole(card) },
    "line",
    { label: "Command before", keys: keysOf("previous-command", isApple), run: () => go(-1) },
    { label: "Next command", keys: keysOf("next-command", isApple), run: () => go(1) },
  ];
}

function again(card: Card): void {
  runAgain(card).then((why) => say(why, "warn", null, "again"), sayError);
}

function compare(card: Card): void {
  import("../runs/page").then(({ showComparison }) => showComparison(card)).then((why) => say(why, "info", null, "compare"), sayError);
}

/** The bells that ring when a running command finishes: its own, and those of its console. */
function bellsOf(card: Card): readonly { readonly id: number }[] {
  return (consoleById(card.console)?.bells ?? []).filter(({ when }) => when === "finished");
}

/** Set a bell on this one command, or take back those that ring for it. */
function tellMe(card: Card): void {
  const set = bellsOf(card);
  const done: Promise<unknown> = set.length > 0 ? Promise.all(set.map(({ id }) => bells.remove(id))) : bells.set(card.console, { when: "finished", once: true, card: card.id });
  const will = set.length > 0 ? "will not" : "will";
  done.then(() => say(`You ${will} be told when ${shortCommand(card)} finishes.`, "info", null, "bell set"), sayError);
}

/** From the log: also what the terminal holds no more. */
function copyOutput({ terminal: { channel } }: Gutter, card: Card): void {
  const { console: consoleId, start, end } = card;
  warnOfOthers(card);
  copyOutputOf({ source: new LogSource(consoleId), consoleId }, { first: start, end: end ?? channel?.parsed ?? start });
}

/** Open the whole output at what the command printed. */
function showWhole(card: Card): void {
  import("../output/open").then(({ showCommand }) => showCommand(card)).catch(sayError);
}
