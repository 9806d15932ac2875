/** About: which version this is, how programs are confined, and what the plan allows. */

import { useEffect, useState } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { boot } from "../boot";
import { type About, confinement, machineSentences, planLines, type PlanTold } from "../core/about";
import { DialogBody, openDialog } from "../shell/overlays";
import { usage } from "../workspace/usage";

export function openAbout(): void {
  void openDialog<null>("About", (close) => (
    <DialogBody title="About">
      <p>ide {boot.version}</p>
      <p>Start it, walk away, be told, find everything.</p>
      <Confinement />
      <div class="dialog-buttons"><button type="button" onClick={() => close(null)}>Close</button></div>
    </DialogBody>
  ));
}

/** As the server says it. */
function Confinement() {
  const [said, setSaid] = useState<About | string>("");
  useEffect(() => {
    api.get<About>(inWorkspace("about")).then(setSaid, (error: Error) => setSaid(error.message));
  }, []);
  if (typeof said === "string") return <p>{said}</p>;
  return (
    <>
      <p>{[confinement(said), ...machineSentences(said, usage.value)].join("\n\n")}</p>
      {said.plan && <Plan plan={said.plan} ceilings={said.ceilings} />}
    </>
  );
}

function Plan({ plan, ceilings }: { plan: PlanTold; ceilings: readonly string[] | undefined }) {
  return (
    <>
      <h3>Plan {plan.name}</h3>
      <dl class="keys">{planLines(plan, ceilings).map(({ word, text }) => <div key={word}><dt class="dim">{word}</dt><dd>{text}</dd></div>)}</dl>
    </>
  );
}
