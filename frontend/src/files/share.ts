/** A file for the other apps of the device, by the system's own sheet: where a download ends in a folder that few find. */

import { api } from "../api";
import { whole } from "../http";
import { nameOf } from "../core/refs";
import { size } from "../core/sizes";
import { say, sayError } from "../shell/notices";
import { ask } from "../shell/overlays";
import { contentPath } from "./content";
import type { Entry } from "./tree";

/** The page holds it as a whole meanwhile. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Whether the system takes such a file: some take them by the ending of their name. */
export function mayShare({ ref }: Entry): boolean {
  return "canShare" in navigator && navigator.canShare({ files: [new File(["?"], nameOf(ref))] });
}

export async function share({ ref }: Entry): Promise<void> {
  const name = nameOf(ref);
  try {
    const response = await api.raw(contentPath(ref), { method: "GET" });
    const bytes = Number(response.headers.get("Content-Length") ?? 0);
    if (bytes > MAX_BYTES) {
      void response.body?.cancel();
      say(`${name} is too large to share (${size(bytes)}, at most ${size(MAX_BYTES)}). Download it instead.`, "warn");
      return;
    }
    const files = [new File([await whole(response.arrayBuffer())], name)];
    if (await isShared(files)) return;
    // It took longer than the system lets a tap count.
    const answer = await ask(`Share ${name}`, "It is here now.", [{ value: "share", label: "Share", look: "primary" }]);
    if (answer === "share" && !(await isShared(files))) say(`The system did not take ${name}. Download it instead.`, "warn");
  } catch (error) {
    sayError(error);
  }
}

/** False where the system wants a tap first. Whoever turns away has been asked. */
function isShared(files: File[]): Promise<boolean> {
  return navigator.share({ files }).then(() => true, (error: Error) => error.name === "AbortError");
}
