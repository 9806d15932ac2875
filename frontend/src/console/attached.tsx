/** Where else a console is shown, and who gave it its size. */

import devices from "lucide:monitor-smartphone";
import { timeOfDay } from "../core/ending";
import { Icon } from "../shell/icon";
import type { MenuEntry } from "../shell/menu";
import { openMenu } from "../shell/overlays";
import type { Attached, ConsoleInfo } from "../told";
import { terminalOf } from "./room";

/** What a person calls the device that set the size, or "another device" where its login does not say. */
export function ownerName(info: ConsoleInfo, page: string): string {
  const owner = info.attached?.find((one) => one.owner);
  return owner && isSameDevice(owner, info, page) ? "another page of this device" : owner?.device || "another device";
}

function isSameDevice({ login }: Attached, { attached = [] }: ConsoleInfo, page: string): boolean {
  return login !== undefined && attached.some((one) => one.page === page && one.login === login);
}

/** A button with the count, once there is somebody else. */
export function AttachedButton({ info, page }: { info: ConsoleInfo; page: string }) {
  const all = info.attached ?? [];
  if (all.length < 2) return null;
  const label = `Shown on ${all.length} pages`;
  return (
    <button type="button" class="icon-button console-attached" aria-label={label} title={label} aria-haspopup="menu"
      onClick={({ currentTarget }) => openMenu(currentTarget, label, attachedEntries(info, page))}>
      <Icon body={devices} />
      <span class="console-count" aria-hidden="true">{all.length}</span>
    </button>
  );
}

/** Who shows it, and how to take the size over; nothing where this page is the only one. */
export function attachedEntries(info: ConsoleInfo, page: string): MenuEntry[] {
  const all = info.attached ?? [];
  if (all.length < 2) return [];
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
