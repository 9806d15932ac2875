/** The link of this page: where it goes, and what to say when it is refused. */

import { address, api } from "./api";
import { boot } from "./boot";
import { BLOCKED, type Diagnosis, Link, wakeWithPage } from "./link";
import { ApiError } from "./http";

const HEALTH_LIMIT_MS = 5000;
/** Refusals of the gate that say themselves what is wrong. */
const SPEAKING = new Set([403, 404, 421, 429, 503]);

/** Open the link of this tab to its workspace and keep it. */
export function connectWorkspace(): Link {
  const link = new Link({ url: linkUrl(), diagnose, signIn: askWhoIAm });
  wakeWithPage(link);
  link.start();
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

/** A request that needs a login: without one, sign-in opens over the page and this waits for it. */
async function askWhoIAm(): Promise<void> {
  await api.get("me");
}

/** Browsers do not say why an upgrade was refused, so ask for the same by plain HTTP. */
async function diagnose(): Promise<Diagnosis | null> {
  const health = await fetch(`${boot.base}healthz`, { cache: "no-store", signal: AbortSignal.timeout(HEALTH_LIMIT_MS) }).catch(() => null);
  if (!health?.ok) return null;
  try {
    await api.get(linkPath());
  } catch (error) {
    if (error instanceof ApiError && SPEAKING.has(error.status)) return { reason: error.message };
    if (error instanceof ApiError && error.status === 401) return { reason: "Your login has ended. Sign in to go on; programs go on meanwhile." };
  }
  return BLOCKED;
}
