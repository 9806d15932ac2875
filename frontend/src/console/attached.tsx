/** Where else a console is shown, and who gave it its size. */

import devices from "lucide:monitor-smartphone";
import { Icon } from "../shell/icon";
import { later } from "../shell/on_demand";
import type { Attached, ConsoleInfo } from "../told";

/** What a person calls the device that set the size, or "another device" where its login does not say. */
export function ownerName(info: ConsoleInfo, page: string): string {
  const owner = info.attached?.find((one) => one.owner);
  return owner && isSameDevice(owner, info, page) ? "another page of this device" : owner?.device || "another device";
}

export function isSameDevice({ login }: Attached, { attached = [] }: ConsoleInfo, page: string): boolean {
  return login !== undefined && attached.some((one) => one.page === page && one.login === login);
}

/** A button with the count, once there is somebody else. */
export function AttachedButton({ info, page }: { info: ConsoleInfo; page: string }) {
  const all = info.attached ?? [];
  if (all.length < 2) return null;
  const label = `Shown on ${all.length} pages`;
  return (
    <button type="button" class="icon-button console-attached" aria-label={label} title={label} aria-haspopup="menu"
      onClick={({ currentTarget }) => later(({ showAttached }) => showAttached(currentTarget, label, info, page))}>
      <Icon body={devices} />
      <span class="console-count" aria-hidden="true">{all.length}</span>
    </button>
  );
}
