/** The quiet line below a console of whose output something is not kept: what, why, and where the rest is. */

import infoIcon from "lucide:info";
import { timeOfDay } from "../core/ending";
import { type HistorySign, historySigns } from "../core/recording";
import { download } from "../shell/download";
import { Icon } from "../shell/icon";
import { sayError } from "../shell/notices";
import { later } from "../shell/on_demand";
import { ask, type Choice } from "../shell/overlays";
import type { ConsoleInfo } from "../told";
import { actions, logUrl } from "./store";

type Answer = "earlier" | "download" | "record" | "close";

export function HistoryLine({ info, engine }: { info: ConsoleInfo; engine: string }) {
  const signs = historySigns(info, engine, timeOfDay);
  if (signs.length === 0) return null;
  return (
    <button type="button" class="console-history" onClick={() => void explain(info, signs)}>
      <Icon body={infoIcon} />
      {signs.map(({ words }) => words).join(" · ")}
    </button>
  );
}

async function explain(info: ConsoleInfo, signs: readonly HistorySign[]): Promise<void> {
  const never = signs.some(({ what }) => what === "never");
  const choices: Choice<Answer>[] = [
    { value: "earlier", label: "Earlier output", look: "primary" },
    { value: "download", label: "Download output" },
    ...(never && info.state === "running" ? [{ value: "record", label: "Record from now on" } as const] : []),
    { value: "close", label: "Close" },
  ];
  const text = [...signs.map(({ why }) => why), "All that is kept can be downloaded."];
  const answer = await ask(signs.map(({ words }) => words).join(" · "), text.join("\n\n"), choices);
  if (answer === "earlier") later(({ openEarlier }) => openEarlier(info.id));
  if (answer === "download") download(logUrl(info.id));
  if (answer === "record") actions.record(info.id, true).catch(sayError);
}
