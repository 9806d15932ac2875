/** The pages that show a console, as entries of a menu. */

import { timeOfDay } from "../core/ending";
import type { MenuEntry } from "../shell/menu";
import type { Attached, ConsoleInfo } from "../told";
import { isSameDevice } from "./owner";
import { terminalOf } from "./room";

/** Who shows it, and how to take the size over. */
export function attachedEntries(info: ConsoleInfo, page: string): MenuEntry[] {
  const all = info.attached ?? [];
  const mine = all.find((one) => one.page === page);
  const shown = all.map((one): MenuEntry => ({
    heading: sentence(one, one === mine ? " (this page)" : isSameDevice(one, info, page) ? " (this device)" : ""),
  }));
  // The stream says at once who set the grid; `info` says it a moment later.
  if (info.state !== "running" || terminalOf(info.id)?.channel?.owner.value !== false) return shown;
  return [...shown, "line", { label: "Fit here", run: () => terminalOf(info.id)?.claim() }];
}

/** Two devices may bear one name: the room that each has and when it came tell them apart. */
function sentence({ device, visible, owner, cols, rows, since }: Attached, which: string): string {
  const parts = [(device || "A device") + which];
  if (cols !== undefined) parts.push(`${cols}×${rows}`);
  parts.push(visible ? "in sight" : "not in sight");
  if (owner) parts.push("sets the size");
  if (since !== undefined) parts.push(`since ${timeOfDay(since)}`);
  return parts.join(", ");
}
