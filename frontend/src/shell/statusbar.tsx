/** The bottom line: connection, what happened to the file in front, its run, the cursor, what the workspace uses. */

import { buffers } from "../editor/buffers";
import { languageName } from "../editor/language_names";
import { cursor } from "../editor/views";
import { isDirty, type Saving } from "../core/saving";
import { nameOf } from "../core/refs";
import { type State, stateOf } from "../core/state";
import { link } from "../session";
import { UsageLine } from "../workspace/meters";
import { frontFile } from "./layout";
import { late } from "./on_demand";
import { prefs } from "./prefs";
import { frontRun } from "./run";
import { single } from "./screen";

export function StatusBar() {
  return (
    <footer class="statusbar">
      <Connection />
      <SaveState />
      <RunState />
      {!single.value && <Cursor />}
      <UsageLine />
    </footer>
  );
}

const MARK = { connecting: "○", connected: "●", reconnecting: "?", offline: "×" };

function Connection() {
  const status = link.status.value;
  const reason = link.reason.value;
  return (
    <div class={`connection ${status}`} title={reason}>
      <span aria-hidden="true">{MARK[status]} </span>
      <span role="status" aria-label="Connection">{status}</span>
      {reason && <span class="reason">{reason}</span>}
    </div>
  );
}

function SaveState() {
  const ref = frontFile.value;
  const buffer = ref === null ? undefined : buffers.value.get(ref);
  const shown = buffer?.shown.value.kind === "text" ? sayState(buffer.saving.value) : "";
  return <span role="status" aria-label="File">{shown}</span>;
}

function sayState(saving: Saving): string {
  if (saving.trouble?.kind === "conflict") return "changed elsewhere";
  if (saving.sending !== null) return "saving";
  if (isDirty(saving)) return saving.trouble ? "not saved, text kept" : prefs.value.autosave ? "saves in a moment" : "not saved, draft kept";
  return "saved";
}

function RunState() {
  const run = frontRun.value;
  if (!run) return <span role="status" aria-label="Run" />;
  const name = run.path ? nameOf(run.path) : "";
  const { mark, look, word } = stateOf(run, link.status.value === "connected");
  const text = run.state === "ended" ? <>: <HowEnded info={run} /></> : look === "unknown" ? " ran when last heard of" : look === "waiting" ? ` ${word}` : " is running";
  return <span role="status" aria-label="Run" class={LOOK[look] ?? ""}>{mark} {name}{text}</span>;
}

const HowEnded = late((parts) => parts.HowEnded);

const LOOK: Partial<Record<State["look"], string>> = { idle: "alive", busy: "alive", failed: "bad" };

function Cursor() {
  const ref = frontFile.value;
  const at = cursor.value;
  if (ref === null) return null;
  return (
    <span class="cursor-at">
      {at?.ref === ref && `Ln ${at.line}, Col ${at.column} · `}
      {languageName(ref)}
    </span>
  );
}
