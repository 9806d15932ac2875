/** Where the key row and the compose line stand. Their code comes with the first finger, or when first asked for. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { activeTerminal } from "../console/active";
import { terminalOf } from "../console/room";
import { sayError } from "../shell/notices";
import { isRowShown } from "./shown";

const row = signal<ComponentType | null>(null);
const compose = signal<ComponentType<{ consoleId: string }> | null>(null);

/** Whether the compose line is open; it writes for the terminal that has the keys, or had them last. */
export const composing = signal(false);

let asked = false;

/** Have the row at hand. */
export function loadRow(): void {
  if (asked) return;
  asked = true;
  import("./bar").then(
    ({ KeyRow }) => { row.value = KeyRow; },
    (error: unknown) => { asked = false; sayError(error); },
  );
}

/** Open the compose line for a console. */
export function openCompose(consoleId: string): void {
  import("./compose").then(({ Compose, focusCompose }) => {
    compose.value = Compose;
    activeTerminal.value = terminalOf(consoleId) ?? activeTerminal.peek();
    composing.value = true;
    focusCompose();
  }, sayError);
}

export function KeyRowSlot() {
  const Row = row.value;
  if (!isRowShown.value) return null;
  if (!Row) loadRow();
  return Row && <Row />;
}

export function ComposeSlot() {
  const Compose = compose.value;
  const consoleId = activeTerminal.value?.consoleId;
  return Compose && composing.value && consoleId !== undefined && <Compose key={consoleId} consoleId={consoleId} />;
}
