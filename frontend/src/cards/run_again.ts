/** Running a command once more: at the prompt of the console that it ran in, a run as a run. */

import { consoleById, type ConsoleInfo, giveKeys } from "../console/index";
import { refresh } from "../console/store";
import { forPrompt } from "../core/for_prompt";
import { shownFolder, shownTitle } from "../core/naming";
import { waitsForCommand } from "../core/prompt";
import { layout } from "../shell/layout";
import { say } from "../shell/notices";
import { ask } from "../shell/overlays";
import { runFile } from "../shell/run";
import { atPrompt } from "../shell/run_selection";
import type { Card } from "../told";

/** What a card keeps of a command at most: one so long may have lost its end. */
const MAX_COMMAND_BYTES = 4096;
const PROMPT_WITHIN_MS = 5_000;

/** Run it again and show where; `leave` is called when it will be. Answers with why it was not run, "" when it was or the person
 * turned away. Throws ApiError. */
export async function runAgain(card: Card, leave: () => void = () => undefined): Promise<string> {
  await refresh(); // what is told of a prompt may be a moment old
  const info = consoleById(card.console);
  if (!info) return "The console that it ran in was removed.";
  if (card.kind === "run") return rerun(info, leave);
  const why = whyNot(card, info);
  if (why) return why;
  if (card.kind === "command" && info.cwd !== card.cwd && !(await mayRunIn(info, card))) return "";
  leave();
  await type(card.command, info);
  return "";
}

async function rerun({ path }: ConsoleInfo, leave: () => void): Promise<string> {
  if (path === null) return "Nobody knows any more which file this was.";
  leave();
  await runFile(path);
  return "";
}

/** Why it cannot be run in its console, "" where it can. */
function whyNot({ command, kind }: Card, info: ConsoleInfo): string {
  const title = shownTitle(info);
  if (command === "") return "It was not noted what was typed, so it cannot be run again from here.";
  if (new TextEncoder().encode(command).length >= MAX_COMMAND_BYTES) return "Only the beginning of this command was noted, so it is not run again.";
  if (info.state === "ended") return `${title} has ended. Start it again first, then run this.`;
  if (info.kind !== (kind === "statement" ? "python" : "bash")) return `${title} takes no such lines.`;
  if (!waitsForCommand(info)) return `${title} is busy. Wait until it is at its prompt, or end what runs there.`;
  return "";
}

async function mayRunIn(info: ConsoleInfo, { command, cwd }: Card): Promise<boolean> {
  const text = `It ran in ${shownFolder(cwd)}. ${shownTitle(info)} is in ${shownFolder(info.cwd)} now.\n\n${command}`;
  const answer = await ask("Run it in another folder?", text, [
    { value: "leave", label: "Cancel", look: "primary" },
    { value: "run", label: `Run it in ${shownFolder(info.cwd)}` },
  ]);
  return answer === "run";
}

async function type(command: string, info: ConsoleInfo): Promise<void> {
  layout.show("console", info.id);
  const terminal = await atPrompt(info.id, PROMPT_WITHIN_MS);
  if (!terminal) return void say(`${shownTitle(info)} is not at its prompt, so nothing was run.`, "warn");
  if (terminal.typing.line.front !== "") return void say(`Something is typed at the prompt of ${shownTitle(info)} already, so nothing was run.`, "warn");
  terminal.over.value = null;
  terminal.typing.paste(forPrompt(command));
  terminal.typing.type("\r");
  giveKeys(() => terminal);
}
