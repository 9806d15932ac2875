/** Asking for bells that rang while no page of this device was there. */

import { api, inWorkspace } from "../api";
import { missedOf, missedQuery } from "../core/letters";
import type { Letter } from "../told";

/** Have `tell` say those up to the `newest` that this device, which `heard` of others, was not told of; the newest first, none without
 * any. A device that was never here then says that it has told them, for the next such one. Throws ApiError, and where the network
 * is gone: then nothing was said. */
export async function tellMissed(heard: string | null, newest: number, tell: (missed: readonly [Letter, ...Letter[]]) => void): Promise<void> {
  const { letters } = await api.get<{ letters: Letter[] }>(inWorkspace(`letters?${missedQuery(heard, newest)}`));
  const [last, ...others] = missedOf(letters, heard, newest, Date.now() / 1000);
  if (!last) return;
  tell([last, ...others]);
  if (heard === null) await api.get(inWorkspace(`letters?after=${newest}`)).catch(() => undefined); // another is told twice, then
}
