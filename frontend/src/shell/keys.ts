/** The keys of the page. */

import { filesShown, focusedPane, frontFile, layout, arrangement } from "./layout";
import { chordOf, type Found } from "../core/keymap";
import { type Pane, panesOf } from "../core/split";
import { buffers } from "../editor/buffers";
import { activeView, viewOf } from "../editor/views";
import { actionOf } from "./key_help";
import { actions, activeTerminal, consoleById } from "../console/index";
import { sayError } from "./notices";
import { later, openPalette } from "./on_demand";
import { frontRun, runFront, saveFront, stopRun } from "./run";

const MODIFIERS = new Set(["Control", "Alt", "Shift", "Meta"]);
/** The second key of a chord comes within this. */
const CHORD_MS = 5000;

/** Listen; answers with how to stop. */
export function startKeys(): () => void {
  let before = "";
  let forgetting: ReturnType<typeof setTimeout> | undefined;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (document.querySelector("dialog[open]") || MODIFIERS.has(event.key)) return;
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest(".compose")) return; // there it sends
    const inConsole = event.target instanceof Element && event.target.closest("[data-console-id]") !== null;
    const found = actionOf(event, before, { inConsole, fullScreen: activeTerminal.peek()?.term.buffer.active.type === "alternate" });
    const wasChord = before !== "";
    before = "";
    clearTimeout(forgetting);
    if (found === "more") {
      before = chordOf(event);
      forgetting = setTimeout(() => { before = ""; }, CHORD_MS);
    }
    if (!found && !wasChord) return;
    event.preventDefault();
    event.stopPropagation();
    if (found && found !== "more" && !event.repeat) act(found);
  };
  addEventListener("keydown", onKeyDown, true);
  return () => {
    clearTimeout(forgetting);
    removeEventListener("keydown", onKeyDown, true);
  };
}

/** The frame in which a pane takes the focus; a key pressed before it decides anew. */
let focusing = 0;

function act({ action, key }: Found): void {
  cancelAnimationFrame(focusing);
  switch (action) {
    case "palette": return openPalette("commands");
    case "open-file": return openPalette("files");
    case "save": return void saveFront();
    case "run": return runFront();
    case "stop": return stopOrEscape();
    case "toggle-files": return toggleFiles();
    case "toggle-console": return toggleConsole();
    case "next-tab": return moveTab(1);
    case "previous-tab": return moveTab(-1);
    default: later(({ chorded }) => chorded(action, key));
  }
}

/** End the run in front; where nothing runs this is Escape, which many keyboards of tablets lack. A console that has the keys
 * stands for itself: Escape in an editor there ends no program elsewhere. */
function stopOrEscape(): void {
  const terminal = activeTerminal.peek();
  const console = terminal && consoleById(terminal.consoleId);
  const run = console ? (console.kind === "run" ? console : null) : frontRun.peek();
  if (run?.state === "running") void stopRun(run);
  else if (terminal) terminal.typing.type("\x1b");
  else activeView.peek()?.press("escape");
}

export function toggleFiles(): void {
  layout.files(!filesShown.peek());
}

/** From the editor to the console; from the console back, with the whole room for the editor. */
export function toggleConsole(): void {
  const { tree, maximised } = arrangement.peek();
  const panes = panesOf(tree);
  const console = panes.find((pane) => pane.kind === "console");
  const editor = panes.find((pane) => pane.kind === "editor");
  if (!console) {
    actions.create("bash").then((info) => layout.show("console", info.id), sayError);
  } else if (focusedPane.peek()?.kind === "console" && editor && maximised !== editor.pane) {
    layout.maximise(editor.pane);
    focusPane(editor);
  } else {
    layout.maximise(null);
    layout.activate(console.pane, null);
    focusPane(console);
  }
}

/** Bring the tab beside the one in front of the focused pane to the front. */
export function moveTab(by: number): void {
  const pane = focusedPane.peek();
  if (!pane || pane.tabs.length === 0) return;
  const at = pane.tabs.indexOf(pane.active ?? "");
  layout.activate(pane.pane, pane.tabs[(at + by + pane.tabs.length) % pane.tabs.length] ?? null);
  focusPane(pane);
}

export function focusPane(pane: Pane): void {
  focusing = requestAnimationFrame(() => {
    if (pane.kind === "console") {
      document.querySelector<HTMLElement>(`#${pane.pane} .slot[data-hidden=false] .xterm-helper-textarea`)?.focus();
      return;
    }
    const ref = frontFile.peek();
    const buffer = ref === null ? undefined : buffers.peek().get(ref);
    if (buffer) viewOf(buffer)?.focus();
    else document.querySelector<HTMLElement>(`#${pane.pane} button`)?.focus();
  });
}
