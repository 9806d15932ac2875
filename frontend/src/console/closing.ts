/** What × on a console's tab means. Closing alone ends nothing that anybody would miss. */

import { shownTitle } from "../core/naming";
import { whatRuns } from "../core/prompt";
import { sayError } from "../shell/notices";
import { ask } from "../shell/overlays";
import type { ConsoleInfo } from "../told";
import { actions } from "./store";

/** Take the tab away: at once when the session has ended or is unknown, after ending an idle prompt, after
 * asking when something runs. `close` takes the tab away. */
export async function closeConsole(known: ConsoleInfo | null, close: () => void): Promise<void> {
  let info = known;
  if (known?.state === "running" && !known.busy) {
    try {
      info = await actions.look(known.id);
    } catch (error) {
      return sayError(error);
    }
  }
  if (info?.state === "running" && info.busy) {
    const answer = await ask(`Close ${shownTitle(info)}?`, `${whatRuns(info)} Kept running, it stays in the Consoles menu with all its output.`, [
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
