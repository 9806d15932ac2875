/** What a console pane without a console offers: start one, or show one that was kept. */

import { actions, consoles } from "../console/index";
import { shownTitle } from "../core/naming";
import { layout, openConsoles } from "./layout";
import { sayError } from "./notices";

export function ConsoleChoice({ paneId }: { paneId: string }) {
  const kept = consoles.value?.filter(({ id, state }) => state === "running" && !openConsoles.value.has(id)).at(-1);
  const start = (): void => {
    actions.create("bash").then((info) => layout.show("console", info.id, paneId), sayError);
  };
  return (
    <div class="empty">
      <p>{kept ? `No console is shown here. ${shownTitle(kept)} is still running.` : "No console is shown here. A console keeps running when you leave."}</p>
      <div class="empty-buttons">
        <button type="button" class="primary" onClick={start}>Start Bash</button>
        {kept && <button type="button" onClick={() => layout.show("console", kept.id, paneId)}>Show {shownTitle(kept)}</button>}
      </div>
    </div>
  );
}
