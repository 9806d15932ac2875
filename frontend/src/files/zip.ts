/** Folders, or several files, to the person's own disk as one zip. */

import { address, api, inWorkspace } from "../api";
import { shortened } from "../core/selection";
import { download } from "../shell/download";
import { say, sayError } from "../shell/notices";
import { query } from "./content";
import { folders } from "./tree";

/** What servers take as the first line of a request, less what stands around the address. */
const MAX_ADDRESS = 8000;
/** The server looks at everything before its first byte. */
const LOOK_MS = 600_000;
const SOON_MS = 1000;

export async function downloadZip(refs: readonly string[]): Promise<void> {
  const base = inWorkspace("files/archive?");
  const some = shortened(refs, inside, MAX_ADDRESS - address(base).length);
  if (!some) {
    say("These are too many names for one download. Select whole folders, or fewer files.", "warn");
    return;
  }
  const path = base + some.map(query).join("&");
  let unsay = (): void => undefined;
  const slow = setTimeout(() => (unsay = say("Looking at all that goes into the zip…", "info", null, "zip")), SOON_MS);
  const asked = new AbortController();
  const late = setTimeout(() => asked.abort(), LOOK_MS);
  try {
    // A browser would keep a refusal as a file: it is asked for here first. The zip that begins is not read.
    await api.raw(path, { method: "GET", signal: asked.signal });
    asked.abort();
    download(address(path));
  } catch (error) {
    sayError(error);
  } finally {
    clearTimeout(slow);
    clearTimeout(late);
    unsay();
  }
}

/** All that lies in a folder; null where some of it is not known yet. */
function inside(ref: string): readonly string[] | null {
  const folder = folders.peek().get(ref);
  return folder && !folder.more && !folder.trouble ? folder.entries.map((entry) => entry.ref) : null;
}
