/** Where the compose line's texts are between two uses: they outlive a reload of this tab (sessionStorage), but those of a console
 * that is never recorded do not outlive the page. */

import { consoleById, consoles } from "../console/store";
import { type Composed, NOTHING, readComposed } from "../core/compose";
import { say } from "../shell/notices";

const unrecorded = new Map<string, Composed>();

const PREFIX = "compose:";
const storedAs = (consoleId: string): string => PREFIX + consoleId;
const isStored = (consoleId: string): boolean => consoleById(consoleId)?.never_record !== true;

export function loadComposed(consoleId: string): Composed {
  dropForgotten();
  if (isStored(consoleId)) return readComposed(sessionStorage.getItem(storedAs(consoleId)));
  sessionStorage.removeItem(storedAs(consoleId)); // it was recorded before
  return unrecorded.get(consoleId) ?? NOTHING;
}

export function keepComposed(consoleId: string, composed: Composed): void {
  if (!isStored(consoleId)) return void unrecorded.set(consoleId, composed);
  try {
    sessionStorage.setItem(storedAs(consoleId), JSON.stringify(composed));
  } catch {
    say("This browser keeps nothing more: a reload would lose the compose line's text.", "warn", null, "compose");
  }
}

/** The console is no more, or is not recorded from here on. */
export function forgetComposed(consoleId: string): void {
  sessionStorage.removeItem(storedAs(consoleId));
  unrecorded.delete(consoleId);
  dropForgotten();
}

/** Let go of the texts of consoles that are no more. */
function dropForgotten(): void {
  const known = consoles.peek();
  if (!known) return;
  const ids = new Set(known.map(({ id }) => id));
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && !ids.has(key.slice(PREFIX.length))) sessionStorage.removeItem(key);
  for (const id of unrecorded.keys()) if (!ids.has(id)) unrecorded.delete(id);
}
