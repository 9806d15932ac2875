/** Run: save the file, start it in a console beside the editor, and say how it ended. */

import { computed, signal } from "@preact/signals";
import { api, ApiError, inWorkspace } from "../api";
import { type ConsoleInfo, consoles, noteMade, sizeForNew } from "../console/index";
import { isRunnable, nameOf } from "../core/refs";
import { buffers } from "../editor/buffers";
import { frontFile, layout } from "./layout";
import { say, sayError } from "./notices";
import { ask } from "./overlays";

type Mode = "ask" | "stop" | "beside";

/** The last console that runs a file, else the last that ran it; null when none did. */
export function runOf(ref: string): ConsoleInfo | null {
  const all = consoles.value?.filter((info) => info.kind === "run" && info.path === ref) ?? [];
  return all.findLast(({ state }) => state === "running") ?? all.at(-1) ?? null;
}

/** The run of the file in front, while it runs or after it ended. */
export const frontRun = computed<ConsoleInfo | null>(() => (frontFile.value === null ? null : runOf(frontFile.value)));

/** True from the click until the server has answered. */
export const starting = signal(false);

/** Save and run a file. Where it runs already the person is asked. */
export async function runFile(ref: string): Promise<void> {
  if (starting.peek()) return;
  if (!isRunnable(ref)) {
    say(`Run works for .py and .sh files. ${nameOf(ref)} is neither.`);
    return;
  }
  starting.value = true;
  try {
    const buffer = buffers.peek().get(ref);
    if (buffer && !(await buffer.save())) {
      say(`${nameOf(ref)} could not be saved, so it was not run. Its text is kept.`, "warn");
      return;
    }
    await start(ref, "ask");
  } catch (error) {
    sayError(error);
  } finally {
    starting.value = false;
  }
}

async function start(ref: string, mode: Mode): Promise<void> {
  try {
    const info = noteMade(await api.post<ConsoleInfo>(inWorkspace("runs"), { path: ref, mode, ...sizeForNew() }));
    layout.show("console", info.id);
  } catch (error) {
    if (mode !== "ask" || !(error instanceof ApiError) || error.status !== 409) throw error;
    const answer = await ask(`${nameOf(ref)} is still running`, "It goes on unless you stop it.", [
      { value: "stop", label: "Stop and run again", look: "primary" },
      { value: "beside", label: "Run beside it" },
      { value: "cancel", label: "Cancel" },
    ]);
    if (answer === "stop" || answer === "beside") await start(ref, answer);
  }
}

export async function stopRun(info: ConsoleInfo): Promise<void> {
  try {
    await api.post(inWorkspace(`runs/${encodeURIComponent(info.id)}/stop`));
  } catch (error) {
    sayError(error);
  }
}

/** Run the file in front. */
export function runFront(): void {
  const ref = frontFile.peek();
  if (ref === null) say("Open a file first: Run starts the file in front.");
  else void runFile(ref);
}

/** Save the file in front, and say why where that is not possible. */
export async function saveFront(): Promise<void> {
  const ref = frontFile.peek();
  const buffer = ref === null ? undefined : buffers.peek().get(ref);
  if (buffer) await buffer.save();
  else say("No file is open, so there is nothing to save.");
}
