/** The link of this page: where it goes, when it wakes, and what to say when it is refused. */

import { address, api } from "./api";
import { boot } from "./boot";
import { ApiError, send } from "./http";
import { Link } from "./link";
import { BLOCKED, type Diagnosis } from "./outage";

const HEALTH_LIMIT_MS = 5000;
/** Refusals of the gate that say themselves what is wrong. */
const SPEAKING = new Set([403, 404, 421, 429, 503]);

/** The link of this tab to its workspace; `start()` opens it. */
export function makeLink(): Link {
  const link = new Link({
    url: linkUrl(),
    diagnose,
    signIn: async () => void (await api.get("me")), // opens the sign-in dialog when it must
  });
  wakeWithPage(link);
  return link;
}

function linkPath(): string {
  return `link?workspace=${encodeURIComponent(boot.workspace.id)}`;
}

function linkUrl(): string {
  const url = new URL(address(linkPath()), location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Browsers do not say why an upgrade was refused, so ask for the same by plain HTTP. */
async function diagnose(): Promise<Diagnosis | null> {
  const health = await fetch(`${boot.base}healthz`, { cache: "no-store", signal: AbortSignal.timeout(HEALTH_LIMIT_MS) }).catch(() => null);
  if (!health?.ok) return null;
  try {
    await api.get("me"); // a login that ended is asked for here
    await send("GET", address(linkPath()), boot.csrf);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 0) return null;
    if (SPEAKING.has(error.status)) return { reason: error.message };
  }
  return BLOCKED;
}

/** Wake the link whenever the page may have slept. */
function wakeWithPage(link: Link): void {
  const wake = (): void => {
    if (!document.hidden) link.wake();
  };
  document.addEventListener("visibilitychange", wake);
  for (const name of ["pageshow", "online", "focus"]) window.addEventListener(name, wake);
}
