/** Ending everything that runs in the workspace, and giving memory back. */

import { useState } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { consoles } from "../console/index";
import type { About } from "../core/about";
import { size } from "../core/sizes";
import { ask, type Choice } from "../shell/overlays";
import { startWorkspace } from "./start";

interface Act {
  readonly title: string;
  readonly text: string;
  readonly choices: readonly Choice<"do" | "keep">[];
  /** Does it and answers with what came of it. Throws ApiError. */
  run(): Promise<string>;
}

const keep = { value: "keep", label: "Keep running", look: "primary" } as const;

async function stop(): Promise<Act> {
  return {
    title: "Stop the workspace?",
    text: `${whatEnds()} ends now, detached programs too. ${await whatStays()} It stays stopped until you start a console or a run, or ask for your files.`,
    choices: [keep, { value: "do", label: "Stop it", look: "danger" }],
    run: async () => {
      await api.post(inWorkspace("stop"));
      return "The workspace is stopped.";
    },
  };
}

async function restart(): Promise<Act> {
  return {
    title: "Restart the workspace?",
    text: `${whatEnds()} ends now, detached programs too. Bash and Python consoles that ran are started again, each in its folder; runs of files are not. ${await whatStays()}`,
    choices: [keep, { value: "do", label: "Restart it", look: "danger" }],
    run: async () => {
      const { started } = await api.post<{ started: number }>(inWorkspace("restart"));
      return `The workspace is restarted. ${started === 0 ? "No console was" : counted(started, "console was", "consoles were")} started again.`;
    },
  };
}

function free(): Act {
  return {
    title: "Free memory?",
    text: "Nothing ends. What the system keeps of files that were read, and what the consoles can do without, is given back; the next look at it takes a little longer.",
    choices: [{ value: "do", label: "Free memory", look: "primary" }, { value: "keep", label: "Cancel" }],
    run: async () => {
      const { freed } = await api.post<{ freed: number }>(inWorkspace("free"));
      return freed > 0 ? `${size(freed)} are free again.` : "There was nothing to give back.";
    },
  };
}

/** A home in memory goes with the programs. */
async function whatStays(): Promise<string> {
  const { plan } = await api.get<About>(inWorkspace("about"));
  return plan?.home === "memory"
    ? "Your files are kept in memory and are gone with it: download first what you want to keep. Consoles keep their output."
    : "Files stay, and each console keeps its output.";
}

function whatEnds(): string {
  const running = (consoles.peek() ?? []).filter(({ state }) => state === "running").length;
  return running === 0 ? "Everything that runs" : `Everything that runs, in ${counted(running, "console", "consoles")},`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

const ACTS = [["Free memory", free], ["Restart", restart], ["Stop", stop]] as const;

interface LifeButtonsProps {
  running: boolean;
  said: string;
  say: (sentence: string) => void;
  close: () => void;
}

export function LifeButtons({ running, said, say, close }: LifeButtonsProps) {
  const [busy, setBusy] = useState(false);
  const act = async (make: () => Act | Promise<Act>): Promise<void> => {
    if (busy || !running) return; // not disabled, here and below: the focus would be lost
    setBusy(true);
    try {
      const { title, text, choices, run } = await make();
      if ((await ask(title, text, choices)) === "do") say(await run());
    } catch (error) {
      say((error as Error).message);
    }
    setBusy(false);
  };
  const start = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    await startWorkspace().then(() => say("The workspace runs again. Consoles stay ended until Start again."), (error: Error) => say(error.message));
    setBusy(false);
  };
  return (
    <>
      <p role="status" aria-label="Workspace" class="life-said">{said}</p>
      <div class="dialog-buttons">
        {ACTS.map(([label, make]) => (
          <button key={label} type="button" class={make === stop ? "danger" : ""} aria-disabled={!running} onClick={() => void act(make)}>{label}</button>
        ))}
        {!running && <button type="button" class="primary" onClick={() => void start()}>Start</button>}
        <button type="button" class="last" onClick={close}>Close</button>
      </div>
    </>
  );
}
