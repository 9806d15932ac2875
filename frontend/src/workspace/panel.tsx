/** The panel of the workspace: what it uses and may, what runs in it, and how to end all of it. */

import "../later"; // with it, what all of them share is one chunk
import { useEffect, useState } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { type Gauge, gauges, type Resource } from "../core/usage";
import { limitSentences, SLOWED, warning } from "../core/usage_words";
import { DialogBody, openDialog } from "../shell/overlays";
import { wear } from "../wear";
import type { Usage } from "../told";
import { LifeButtons } from "./life";
import { Processes } from "./processes";
import looks from "./panel.css" with { type: "text" };
import { high, noteUsage, slowed, usage } from "./usage";

wear(looks);

export function openWorkspacePanel(): void {
  void openDialog<null>("Workspace", (close) => <Panel close={() => close(null)} />, { wide: true });
}

function Panel({ close }: { close: () => void }) {
  const now = usage.value;
  const [trouble, setTrouble] = useState("");
  const [said, setSaid] = useState({ process: "", life: "" }); // of the last button alone
  useEffect(() => {
    // The link tells changes; on a page that just came it may not have told anything yet.
    if (usage.peek() === null) api.get<Usage>(inWorkspace("usage")).then(noteUsage, (error: Error) => setTrouble(error.message));
  }, []);
  return (
    <DialogBody title="Workspace">
      {/* Not the first button: a narrow panel would be scrolled to it, and to the end of what is higher than itself. */}
      <div tabIndex={-1} autofocus class="limits-room">{now ? <Limits now={now} /> : <p class={trouble ? "error" : "dim"}>{trouble || "One moment…"}</p>}</div>
      {now && <p class="dim">{[...limitSentences(now), ...(now.running ? [] : [NOTHING_RUNS])].join("\n")}</p>}
      <Processes running={now?.running ?? true} said={said.process} say={(process) => setSaid({ process, life: "" })} ends={said.life} />
      <LifeButtons running={now?.running ?? true} said={said.life} say={(life) => setSaid({ process: "", life })} close={close} />
    </DialogBody>
  );
}

function Limits({ now }: { now: Usage }) {
  const all = gauges(now);
  const warned = [...high.value].map((resource) => warning(resource, now));
  if (slowed.value) warned.push(SLOWED);
  return (
    <>
      <table class="limits">
        <caption class="visually-hidden">What the workspace uses</caption>
        <tbody>{all.map((gauge) => <Row key={gauge.resource} gauge={gauge} />)}</tbody>
      </table>
      {warned.map((sentence) => <p key={sentence} class="limits-warning"><span aria-hidden="true">! </span>{sentence}</p>)}
    </>
  );
}

const NOTHING_RUNS = "Nothing runs. The next console or run starts the workspace, and so do your files.";

function Row({ gauge: { resource, word, value, share } }: { gauge: Gauge }) {
  return (
    <tr class={warns(resource) ? "warn" : ""}>
      <th scope="row">{word}</th>
      <td class="limits-value">{value}</td>
      <td class="limits-bar">{share === null ? <span class="dim">no limit</span> : <span class="bar" aria-hidden="true" style={{ "--share": share }} />}</td>
    </tr>
  );
}

function warns(resource: Resource): boolean {
  return high.value.has(resource) || (resource === "cpu" && slowed.value);
}
