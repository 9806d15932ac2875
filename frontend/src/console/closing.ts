/** What × on a console's tab means. Closing alone ends nothing that anybody would miss. */

import { shownTitle } from "../core/naming";
import { whatRuns } from "../core/state_since";
import { sayError } from "../shell/notices";
import { ask } from "../shell/overlays";
import type { ConsoleInfo } from "../told";
import { actions } from "./store";

/** Take the tab away: at once when the session has ended or is unknown, after ending an idle prompt, after
 * asking when something runs. `close` takes the tab away. */
export async function closeConsole(known: ConsoleInfo | null, close: () => void): Promise<void> {
  let info = known;
  if (known?.state === "running") {
    try {
      info = await (known.busy ? soon(actions.look(known.id)) : actions.look(known.id));
    } catch (error) {
      if (!known.busy) return sayError(error);
    }
  }
  if (info?.state === "running" && info.busy) {
    const answer = await ask(`Close ${shownTitle(info)}?`, `${whatRuns(info, Date.now() / 1000)} Kept running, it stays in the Consoles menu with all its output.`, [
      { value: "keep", label: "Keep running", look: "primary" },
      { value: "end", label: "End it", look: "danger" },
      { value: "cancel", label: "Cancel" },
    ]);
    if (answer === null || answer === "cancel") return;
    if (answer === "end" && !(await end(info))) return;
  } else if (info?.state === "running" && !(await end(info))) {
    return;
  }
  close();
}

const SOON_MS = 1000;

/** An answer that is good to have, and not worth a long wait. */
function soon<T>(answer: Promise<T>): Promise<T> {
  return Promise.race([answer, new Promise<never>((_, reject) => setTimeout(reject, SOON_MS))]);
}

/** End a session; false when it did not work (said to the person). */
export async function end(info: ConsoleInfo): Promise<boolean> {
  try {
    await actions.end(info.id);
    return true;
  } catch (error) {
    sayError(error);
    return false;
  }
}
