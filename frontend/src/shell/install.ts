/** What makes the page an app: its service worker, the colour of the bars around it, and a word where neither can be. */

import { effect } from "@preact/signals";
import { boot } from "../boot";
import { startEarlier } from "../output/earlier";
import { startLeaving } from "./leaving";
import { prefs } from "./prefs";
import { sayMissing } from "./missing";

/** Start what the first prompt did not need. */
export function startInstalled(): void {
  startBars();
  startLeaving();
  startEarlier();
  if (!isSecureContext) sayMissing("plain");
  else startWorker();
}

/** Register the service worker. A newer one takes over by itself and reloads nobody. */
function startWorker(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined; // private windows may have none
  workers?.register(`${boot.base}sw.js`, { scope: boot.base, updateViaCache: "none" }).catch((error: Error) => {
    if (error.name === "SecurityError") sayMissing("untrusted");
  });
}

/** Have the bars around the page follow a theme that was chosen here; as served they follow the system's. */
function startBars(): void {
  const metas = [...document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")];
  const served = metas.map((meta) => meta.content);
  effect(() => {
    const chosen = ["light", "dark"].indexOf(prefs.value.theme);
    metas.forEach((meta, at) => (meta.content = served[chosen < 0 ? at : chosen] ?? meta.content));
  });
}
