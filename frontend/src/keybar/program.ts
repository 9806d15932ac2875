/** Whose keys the row shows beside its own: of the program in the console, of one that was chosen for it, or of none. */

import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { consoleById, consoles } from "../console/store";
import type { ConsoleTerminal } from "../console/terminal";
import { type Filled, filled, type Program, programIn, promptIn, type Shown } from "../core/programs";
import { say, sayError } from "../shell/notices";
import { prefs, setPref } from "../shell/prefs";

export type Choice = "auto" | "off" | Program;

/** Of this tab, until it is closed. */
const STORED = "program-keys";
const pins = signal<Readonly<Record<string, Program>>>(JSON.parse(sessionStorage.getItem(STORED) ?? "{}"));

export function chosenFor(consoleId: string): Choice {
  return pins.value[consoleId] ?? (prefs.value.programKeys ? "auto" : "off");
}

/** A program is chosen for one console; whether keys come by themselves, for all and on every device. */
export function choose(consoleId: string, choice: Choice): void {
  const kept = Object.entries(pins.peek()).filter(([id]) => id !== consoleId && consoles.peek()?.some((info) => info.id === id));
  const chosen = choice === "auto" || choice === "off" ? [] : [[consoleId, choice] as const];
  pins.value = Object.fromEntries([...kept, ...chosen]);
  try {
    sessionStorage.setItem(STORED, JSON.stringify(pins.peek()));
  } catch (error) {
    sayError(error); // the browser keeps nothing more; here it holds
  }
  if (chosen.length === 0) setPref("programKeys", () => choice === "auto");
  if (choice === "off") say("Programs bring no keys any more, on none of your devices. A key behind ⋯ changes that.");
}

/** Programs redraw in many pieces. */
const LOOK_MS = 200;

/** The set to show for a terminal; null for none. */
export function useProgram(terminal: ConsoleTerminal | null): Shown | null {
  const screen = useScreen(terminal);
  const debugged = useRef("");
  const info = terminal && consoleById(terminal.consoleId);
  if (!info || info.state !== "running") return null;
  const command = info.foreground?.command ?? "";
  const atPrompt = info.at_prompt ?? !info.busy;
  // A debugger between two prompts is one still: until something else runs.
  const run = `${info.id} ${info.started} ${command}`;
  if (screen.prompt === "pdb") debugged.current = run;
  else if (screen.prompt === "python" || (info.kind === "bash" && atPrompt)) debugged.current = "";
  const choice = chosenFor(info.id);
  if (choice === "off") return null;
  if (choice !== "auto") return choice;
  const { kind, program_title: title = "" } = info;
  return programIn({ kind, atPrompt, command, title, fullScreen: screen.full, debugs: debugged.current === run, pages: screen.paged || screen.prompt === "pager" });
}

interface Screen extends Filled {
  readonly of: ConsoleTerminal | null;
  readonly prompt: ReturnType<typeof promptIn>;
}

const NOTHING: Screen = { of: null, full: false, paged: false, prompt: null };

/** What the terminal shows, as far as it tells programs apart. */
function useScreen(terminal: ConsoleTerminal | null): Screen {
  const seen = useSignal(NOTHING);
  useEffect(() => {
    if (!terminal) return undefined;
    const { buffer } = terminal.term;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      timer = undefined;
      const { type, baseY, cursorY, cursorX } = buffer.active;
      const prompt = promptIn(buffer.active.getLine(baseY + cursorY)?.translateToString(false, 0, cursorX) ?? "");
      const before = seen.peek();
      const now = filled(before.of === terminal ? before : NOTHING, type === "alternate", prompt === "pager");
      if (before.of !== terminal || before.full !== now.full || before.prompt !== prompt) seen.value = { of: terminal, prompt, ...now };
    };
    const soon = (): void => { timer ??= setTimeout(look, LOOK_MS); };
    const following = [buffer.onBufferChange(soon), terminal.term.onWriteParsed(soon)];
    look();
    return () => {
      clearTimeout(timer);
      for (const one of following) one.dispose();
    };
  }, [terminal]);
  return seen.value.of === terminal ? seen.value : NOTHING; // not what another one showed
}
