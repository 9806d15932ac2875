/** Whether the key row is on the screen: what it would type into, what was used last, what this device was told. */

import { computed, signal } from "@preact/signals";
import { activeTerminal, lastInput } from "../console/active";
import { keyboardUp } from "../console/viewport";
import { activeView } from "../editor/views";

export type RowSetting = "auto" | "always" | "never";

/** Of this device: the same person may have a tablet and a desk. */
const STORED = "key-row";
const stored = localStorage.getItem(STORED);

export const rowSetting = signal<RowSetting>(stored === "always" || stored === "never" ? stored : "auto");

export function setRow(setting: RowSetting): void {
  rowSetting.value = setting;
  localStorage.setItem(STORED, setting);
}

export const isRowShown = computed(() => {
  if ((activeTerminal.value ?? activeView.value) === null || rowSetting.value === "never") return false;
  return rowSetting.value === "always" || keyboardUp.value || lastInput.value === "touch";
});
