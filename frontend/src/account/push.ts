/** This browser's subscription to pushes. */

import { api } from "../api";
import type { PushFacts } from "../core/push_state";

const READY_MS = 10_000;

/** What this browser says of itself; `known`: the server has a channel for it. */
export async function pushFacts(known: boolean): Promise<PushFacts> {
  const able = isSecureContext && "PushManager" in globalThis && "Notification" in globalThis;
  return {
    secure: isSecureContext,
    able,
    // Only Apple's mobile browsers say whether they are on the home screen.
    inAppleTab: "standalone" in navigator && navigator.standalone !== true,
    permission: able ? Notification.permission : "default",
    subscribed: able && (await (await registration())?.pushManager.getSubscription()) != null,
    known,
  };
}

/** Ask the browser, then tell the server; `dead`: the subscription that it has is of no use. Throws what a person can read. */
export async function switchOn(key: string, dead: boolean): Promise<void> {
  // First of all, and inside the tap: later a browser does not ask.
  if ((await Notification.requestPermission()) !== "granted") throw new Error("The browser was not allowed to show notifications.");
  const manager = (await registration())?.pushManager;
  if (!manager) throw new Error("The part of the page that shows notifications is not ready. Reload the page and try again.");
  const held = await manager.getSubscription();
  if (held && (dead || !isFor(held, key))) await held.unsubscribe(); // or of a server that was here before
  const { endpoint, keys } = (await subscribe(manager, key)).toJSON();
  await api.post("channels", { kind: "push", endpoint, p256dh: keys?.["p256dh"], auth: keys?.["auth"] });
}

async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  try {
    return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The browser's push service gave no subscription: ${reason}`);
  }
}

export async function switchOff(): Promise<void> {
  const held = await (await registration())?.pushManager.getSubscription();
  await held?.unsubscribe();
}

function isFor(held: PushSubscription, key: string): boolean {
  const { applicationServerKey } = held.options;
  if (!applicationServerKey) return true;
  const text = btoa(String.fromCharCode(...new Uint8Array(applicationServerKey)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === key;
}

/** The page's worker once it is active; undefined where there is none. */
async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined; // private windows may have none
  if (!(await workers?.getRegistration())) return undefined;
  return Promise.race([workers?.ready, new Promise<undefined>((done) => setTimeout(done, READY_MS))]);
}
