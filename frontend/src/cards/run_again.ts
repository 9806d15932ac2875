/** A command typed again, where its console waits for one. */

import { forPrompt } from "../core/for_prompt";
import { shownTitle } from "../core/naming";
import { waitsForCommand } from "../core/prompt";
import { consoleById } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { say } from "../shell/notices";
import { runFile } from "../shell/run";
import type { Card } from "../told";

/** A command is noted as far as this, in bytes. */
const MAX_COMMAND_BYTES = 4096;

export function runAgain(terminal: ConsoleTerminal, card: Card): void {
  const info = consoleById(card.console);
  if (!info) return;
  const title = shownTitle(info);
  if (card.kind === "run") {
    if (info.state === "ended") terminal.startAgain();
    else if (info.path !== null) void runFile(info.path);
    return;
  }
  if (info.state === "ended") return void say(`${title} has ended: start it again first.`, "warn");
  const text = forPrompt(card.command);
  if (new TextEncoder().encode(card.command).length >= MAX_COMMAND_BYTES) return void say("Of so long a command only the beginning was noted. Nothing was typed.", "warn");
  const { term, typing } = terminal;
  const takesIt = waitsForCommand(info) && term.modes.bracketedPasteMode && term.buffer.active.type === "normal";
  if (!takesIt) return void say(`${title} is not at its prompt, so nothing was typed.`, "warn");
  if (typing.line.front !== "") return void say(`Something is typed at the prompt of ${title} already, so nothing was added.`, "warn");
  term.scrollToBottom();
  term.paste(text);
  typing.type("\r");
}
