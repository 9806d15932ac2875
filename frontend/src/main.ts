/** Builds the page and starts it. */

import { effect, untracked } from "@preact/signals";
import { h, render } from "preact";
import { boot } from "./boot";
import { actions, type ConsoleInfo, consoles, startConsoles, startViewport } from "./console/index";
import { nameOf } from "./core/refs";
import { filesChanged, startBuffers, wakeBuffers } from "./editor/buffers";
import { treeChanged } from "./files/tree";
import { loadRow } from "./keybar/slot";
import { link } from "./session";
import { App } from "./shell/app";
import { startKeys } from "./shell/keys";
import { frontFile, isFirstVisit, layout, openConsoles, startLayout } from "./shell/layout";
import { type Level, say, sayError } from "./shell/notices";
import { startTheme } from "./shell/prefs";
import { styled } from "./styled";
import { hasTouch } from "./workspace/meters";
import { diskFull, followUsage } from "./workspace/usage";

/** The keeper's words for how grave a notice is, as the page shows them. */
const LEVELS: Record<string, Level> = { warning: "warn", error: "bad" };

/** Where this device notes which bell it told of last. */
const HEARD = `heard-${boot.workspace.id}`;

const app = document.getElementById("app");
if (!app) throw new Error("This page came without its app box. Reload it.");

try {
  await styled(document);
} catch (error) {
  app.textContent = (error as Error).message; // nothing else can say it
  throw error;
}
startTheme();
startLayout();
startViewport();
startConsoles(link);
startBuffers();
startKeys();
followUsage(link);
link.onEvent((event) => {
  if (event.type === "files") {
    treeChanged();
    filesChanged();
  } else if (event.type === "notice") say(event.text, LEVELS[event.level] ?? "info", null, event.about);
  else if (event.type === "letter") {
    localStorage.setItem(HEARD, `${event.letter.id}`);
    letters().then(({ showLetter }) => showLetter(event.letter)).catch(sayError);
  } else if (event.type === "consoles" && event.letters !== undefined) missed(event.letters);
  else if (event.type === "card") import("./cards/start").catch(() => undefined); // it follows them itself; the next one brings it
});
addEventListener("focus", treeChanged);

const letters = (): Promise<typeof import("./console/letters")> => import("./console/letters");

/** Tell of bells that rang up to the `newest` while no page of this device was there; what fails is tried with the next page. */
function missed(newest: number): void {
  const heard = localStorage.getItem(HEARD);
  if (heard === `${newest}`) return;
  localStorage.setItem(HEARD, `${newest}`);
  if (newest) letters().then(({ sayMissed }) => sayMissed(heard, newest)).catch(() => heard === null ? localStorage.removeItem(HEARD) : localStorage.setItem(HEARD, heard));
}

effect(() => {
  document.title = frontFile.value === null ? `${boot.user.name} · ide` : `${nameOf(frontFile.value)} · ide`;
});

/** Once the list of consoles is here: drop tabs of consoles that are no more, and
 * give somebody new a live prompt. */
let settled = false;
function settle(all: readonly ConsoleInfo[]): void {
  layout.keepConsoles(new Set(all.map(({ id }) => id)));
  if (settled) return;
  settled = true;
  if (!isFirstVisit() || openConsoles.value.size > 0) return;
  if (all.length > 0) all.forEach(({ id }) => layout.show("console", id));
  else actions.create("bash").then(({ id }) => layout.show("console", id), sayError);
}
effect(() => {
  const all = consoles.value;
  if (all !== null) untracked(() => settle(all));
});

let wasConnected = false;
function connected(): void {
  if (wasConnected) {
    wakeBuffers();
    treeChanged();
    filesChanged();
  }
  wasConnected = true;
}
effect(() => {
  if (link.status.value === "connected") untracked(connected);
});

effect(() => {
  if (!diskFull.value) untracked(wakeBuffers);
});

/** Have at hand what the first prompt did not need, also when the network goes. */
const LATER_MS = 1500;
setTimeout(() => {
  Promise.all([import("./later").then(({ startInstalled }) => startInstalled()), import("./editor/view")]).catch(() => undefined); // whoever wants one of them is told
  if (!hasTouch()) return;
  loadRow();
  import("./console/copy_mode").catch(() => undefined);
}, location.hash ? 0 : LATER_MS); // a link to lines is followed at once

link.start();
render(h(App, { box: app }), app);
