/** Where else a console is shown, and who gave it its size. */

import devices from "lucide:monitor-smartphone";
import { Icon } from "../shell/icon";
import type { MenuEntry } from "../shell/menu";
import { openMenu } from "../shell/overlays";
import type { Attached, ConsoleInfo } from "../told";
import { terminalOf } from "./room";

/** What a person calls it, or "another device" where its login does not say. */
export function ownerName(info: ConsoleInfo | null): string {
  return info?.attached?.find(({ owner }) => owner)?.device || "another device";
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
  const shown = all.map((one): MenuEntry => ({ heading: sentence(one, one === mine) }));
  if (info.state !== "running" || mine?.owner !== false) return shown;
  return [...shown, "line", { label: "Fit here", run: () => terminalOf(info.id)?.claim() }];
}

function sentence({ device, visible, owner }: Attached, mine: boolean): string {
  const name = device || "A device";
  const parts = [mine ? `${name} (this page)` : name, visible ? "in sight" : "not in sight"];
  if (owner) parts.push("sets the size");
  return parts.join(", ");
}
