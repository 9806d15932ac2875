/** The ways to the whole output that need nothing of it before: the top of what a terminal holds, and links to lines. */

import { effect, untracked } from "@preact/signals";
import { api, inWorkspace } from "../api";
import { linkedLines } from "../core/find_lines";
import { terminalOf } from "../console/room";
import { consoleById, consoles } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { layout, openConsoles } from "../shell/layout";
import { say, sayError } from "../shell/notices";
import { wear } from "../wear";
import { warnOfOthers } from "./other_lines";
import css from "./earlier.css" with { type: "text" };

/** A pane has its terminal by then. */
const MOUNTED_MS = 300;
/** A terminal that holds so many rows has let go of older ones, or the keeper's screen had. */
const FULL_ROWS = 4900;

/** Follow terminals and links from now on. */
export function startEarlier(): void {
  wear(css);
  effect(() => {
    const ids = [...openConsoles.value];
    setTimeout(() => ids.forEach(watch), MOUNTED_MS);
  });
  addEventListener("hashchange", followLink);
  followLink();
  showCommands().catch(() => undefined); // without the network: the next command brings them
}

/** Have commands that ran before this page came shown beside their rows. */
async function showCommands(): Promise<void> {
  const { cards } = await api.get<{ cards: readonly unknown[] }>(inWorkspace("cards?limit=1"));
  if (cards.length > 0) await import("../cards/start");
}

/** Open the whole output of a console, at its end. */
export function openEarlier(consoleId: string): void {
  import("./open").then(({ showOutput }) => showOutput(consoleId)).catch(sayError);
}

const watched = new WeakSet<ConsoleTerminal>();

/** Offer what is older where somebody scrolled to the top. */
function watch(consoleId: string): void {
  const terminal = terminalOf(consoleId);
  if (!terminal || watched.has(terminal)) return;
  watched.add(terminal);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "output-earlier";
  button.textContent = "Earlier output";
  button.addEventListener("click", () => openEarlier(consoleId));
  terminal.term.onRender(() => {
    const { type, viewportY } = terminal.term.buffer.active;
    const offers = type === "normal" && viewportY === 0 && hasOlder(terminal);
    if (!offers) button.remove();
    else if (button.parentElement !== terminal.root.parentElement) terminal.root.after(button);
  });
}

function hasOlder({ term, consoleId, channel }: ConsoleTerminal): boolean {
  return term.buffer.normal.baseY >= FULL_ROWS || channel?.engine.peek() === "log" || (consoleById(consoleId)?.log_oldest ?? 0) > 0;
}

/** Do what the address asks for, once: `#console=<id>&at=<offset>&epoch=<epoch>&card=<id>`. */
function followLink(): void {
  const link = linkedLines(new URLSearchParams(location.hash.slice(1)));
  if (!link) return;
  history.replaceState(history.state, "", location.pathname + location.search); // the same link may be followed again
  let done = false;
  const stop = effect(() => {
    if (consoles.value === null || done) return;
    done = true;
    queueMicrotask(() => stop());
    untracked(() => openLines(link.console, link.at, link.epoch, link.card));
  });
}

/** Open a console's tab and show the line at an offset of its log, or all that the `card` printed which begins or ends there; `epoch` is the one
 * that the offset belongs to. */
export function openLines(id: string, at: number | null, epoch: string | null, card: number | null = null): void {
  const info = consoleById(id);
  if (!info) {
    say("The console that this link leads to was removed, with its output.", "warn");
    return;
  }
  if (at === null) {
    layout.show("console", id);
    return;
  }
  if (epoch !== null) warnOfOthers({ console: id, epoch });
  import("./open").then(({ showLines }) => showLines(id, at, card)).catch(sayError);
}
