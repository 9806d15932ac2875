/** The keys of the page. */

import { focusedPane, frontFile, layout, arrangement } from "./layout";
import { type Pane, panesOf } from "../core/split";
import { buffers } from "../editor/buffers";
import { viewOf } from "../editor/views";
import { actionOf, type KeyAction } from "./key_help";
import { actions } from "../console/index";
import { sayError } from "./notices";
import { runFront, saveFront } from "./run";

const REGIONS = [".files [role=treeitem][tabindex='0']", ".pane.editor", ".pane.console", ".top-actions"];

/** Listen; answers with how to stop. */
export function startKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (document.querySelector("dialog[open]")) return;
    const inConsole = event.target instanceof Element && event.target.closest("[data-console-id]") !== null;
    const action = actionOf(event, inConsole);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) act(action);
  };
  addEventListener("keydown", onKeyDown, true);
  return () => removeEventListener("keydown", onKeyDown, true);
}

/** The frame in which a pane takes the focus; a key pressed before it decides anew. */
let focusing = 0;

function act(action: KeyAction): void {
  cancelAnimationFrame(focusing);
  switch (action) {
    case "save": return void saveFront();
    case "run": return runFront();
    case "toggle-files": return toggleFiles();
    case "toggle-console": return toggleConsole();
    case "next-region": return moveRegion(1);
    case "previous-region": return moveRegion(-1);
  }
}

export function toggleFiles(): void {
  layout.files(!arrangement.peek().filesOpen);
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

function focusPane(pane: Pane): void {
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

function moveRegion(by: number): void {
  const found = REGIONS.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)]).filter((element) => element.checkVisibility({ visibilityProperty: true }));
  const at = found.findIndex((element) => element.contains(document.activeElement) || (element.matches("[role=treeitem]") && document.activeElement?.closest(".files")));
  const next = found[(at + by + found.length) % found.length];
  if (!next) return;
  const pane = panesOf(arrangement.peek().tree).find(({ pane: id }) => id === next.id);
  if (!pane) (next.matches("[tabindex]") ? next : next.querySelector<HTMLElement>("button"))?.focus();
  else {
    layout.activate(pane.pane, null);
    focusPane(pane);
  }
}
