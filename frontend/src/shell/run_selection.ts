/** What is selected in the editor, or the line of the cursor, sent to the prompt of a console in the file's language. */

import "../later"; // with it, what all of them share is one chunk
import { actions, type ConsoleInfo, consoles, sizeForNew, terminalOf } from "../console/index";
import type { ConsoleKind } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { forPrompt } from "../core/for_prompt";
import { shownTitle } from "../core/naming";
import { extensionOf, isRunnable } from "../core/refs";
import { panesOf } from "../core/split";
import { buffers } from "../editor/buffers";
import { viewOf } from "../editor/views";
import { arrangement, frontFile, layout, openConsoles } from "./layout";
import { say, sayError } from "./notices";
import { single } from "./screen";

/** A program may run for a moment between one line and the next; an interpreter that starts takes longer. */
const PROMPT_WITHIN_MS = 5_000;
const START_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** One after the other: the next line may need what the one before defines. */
let last: Promise<void> = Promise.resolve();

export function runSelection(): void {
  const ref = frontFile.peek();
  const buffer = ref === null ? undefined : buffers.peek().get(ref);
  const view = buffer && viewOf(buffer);
  if (!view || ref === null || !isRunnable(ref)) return void say("Open a .py or .sh file first: its lines go to a console of their language.");
  const text = forPrompt(view.takeLines());
  if (text) last = last.then(() => send(text, extensionOf(ref) === "py" ? "python" : "bash")).catch(sayError);
}

async function send(text: string, kind: ConsoleKind): Promise<void> {
  const found = usual(kind);
  const info = found ?? (await actions.create(kind, sizeForNew()));
  const field = document.activeElement;
  if (!panesOf(arrangement.peek().tree).some(({ active }) => active === info.id)) layout.show("console", info.id);
  const terminal = await atPrompt(info.id, found ? PROMPT_WITHIN_MS : START_WITHIN_MS);
  if (!single.peek() && field instanceof HTMLElement && field.closest(".cm-content")) field.focus(); // for the next line
  if (!terminal) return void say(`${shownTitle(info)} is not at its prompt, so nothing was sent.`, "warn");
  terminal.term.paste(text);
  terminal.typing.type("\r");
}

/** The console of a kind that is in sight, else one that has a tab, else the newest. */
function usual(kind: ConsoleKind): ConsoleInfo | undefined {
  const running = (consoles.peek() ?? []).filter((info) => info.kind === kind && info.state === "running");
  const inSight = panesOf(arrangement.peek().tree).map(({ active }) => active);
  return running.findLast(({ id }) => inSight.includes(id)) ?? running.findLast(({ id }) => openConsoles.peek().has(id)) ?? running.at(-1);
}

/** The terminal of a console once its program waits for a line that it takes as one piece; null when it did not in time. */
export async function atPrompt(id: string, withinMs: number): Promise<ConsoleTerminal | null> {
  for (const until = performance.now() + withinMs; ; ) {
    const terminal = terminalOf(id);
    if (terminal?.term.modes.bracketedPasteMode && terminal.term.buffer.active.type === "normal") return terminal;
    if (performance.now() > until) return null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
