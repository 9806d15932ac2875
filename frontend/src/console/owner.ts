/** Where else a console is shown, and who gave it its size. */

import type { Attached, ConsoleInfo } from "../told";

/** What a person calls the device that set the size, or "another device" where its login does not say. */
export function ownerName(info: ConsoleInfo, page: string): string {
  const owner = info.attached?.find((one) => one.owner);
  return owner && isSameDevice(owner, info, page) ? "another page of this device" : owner?.device || "another device";
}

export function isSameDevice({ login }: Attached, { attached = [] }: ConsoleInfo, page: string): boolean {
  return login !== undefined && attached.some((one) => one.page === page && one.login === login);
}
