/** How many pages show a console: a button, once there is another one. */

import devices from "lucide:monitor-smartphone";
import { Icon } from "../shell/icon";
import { sayError } from "../shell/notices";
import type { ConsoleInfo } from "../told";

/** A button with the count, once there is somebody else. */
export function AttachedButton({ info, page }: { info: ConsoleInfo; page: string }) {
  const all = info.attached ?? [];
  if (all.length < 2) return null;
  const label = `Shown on ${all.length} pages`;
  return (
    <button type="button" class="icon-button console-attached" aria-label={label} title={label} aria-haspopup="menu"
      onClick={({ currentTarget }) => void import("./attached_list").then(({ showAttached }) => showAttached(currentTarget, info, page)).catch(sayError)}>
      <Icon body={devices} />
      <span class="console-count" aria-hidden="true">{all.length}</span>
    </button>
  );
}
