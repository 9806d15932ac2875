/** Pushes: shown when they come, the page opened when they are tapped, the subscription renewed when the browser changes it. */

import { notificationOf, readTold } from "./told";

/** The browser's word that it gave out another subscription; not every library of types knows it. */
interface Changed extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

/** Whether a renewal that waits for the server was looked for since this worker started, or kept one. */
let looked = false;

export function listenForPushes(ours: ServiceWorkerGlobalScope, icon: string): void {
  ours.addEventListener("push", (event) => {
    const told = readTold(event.data?.text());
    event.waitUntil(ours.registration.showNotification(told.title, notificationOf(told, icon)));
  });
  ours.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const data = event.notification.data as { hash?: string } | null;
    event.waitUntil(open(ours, data?.hash ?? ""));
  });
  ours.addEventListener("pushsubscriptionchange", (event) => {
    const { oldSubscription, newSubscription } = event as Changed;
    (event as Changed).waitUntil(renew(ours, oldSubscription, newSubscription));
  });
  // Any request: a navigation that the network answers may go past a worker.
  ours.addEventListener("fetch", (event) => {
    if (looked) return;
    looked = true;
    event.waitUntil(renewAgain(ours));
  });
}

/** Bring an open page to the front, at `hash`; open one where there is none, or none that this worker may steer. */
async function open(ours: ServiceWorkerGlobalScope, hash: string): Promise<void> {
  const { scope } = ours.registration;
  const all = await ours.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = all.filter(({ url }) => url.replace(/[?#].*$/, "") === scope);
  const page = pages.find(({ visibilityState }) => visibilityState === "visible") ?? pages[0];
  try {
    if (!page) throw new Error("no page is open");
    await page.focus();
    if (hash) await page.navigate(`${scope}${hash}`);
  } catch {
    await ours.clients.openWindow(`${scope}${hash}`);
  }
}

/** Tell the server where pushes go from now on; where it cannot be reached, when a page next asks something. */
async function renew(ours: ServiceWorkerGlobalScope, old: PushSubscription | null, given: PushSubscription | null): Promise<void> {
  // Not every browser says which one it was; the server knows which is this device's.
  const gone = old?.endpoint ?? "";
  try {
    await tell(ours, gone, given ?? undefined);
  } catch {
    const cache = await caches.open(laterCache(ours));
    await cache.put(ours.registration.scope, new Response(gone));
    looked = false;
  }
}

async function renewAgain(ours: ServiceWorkerGlobalScope): Promise<void> {
  const cacheName = laterCache(ours);
  const kept = await caches.match(ours.registration.scope, { cacheName });
  if (!kept) return;
  await tell(ours, await kept.text());
  await caches.delete(cacheName);
}

/** Signed out meanwhile, this device is not told any more. Throws when the server does not answer, and what the browser refuses. */
async function tell(ours: ServiceWorkerGlobalScope, old: string, given?: PushSubscription): Promise<void> {
  const { scope, pushManager } = ours.registration;
  const api = `${scope}api/v1/`;
  const me = await fetch(`${api}me`);
  if (me.status === 401) return;
  const { csrf } = (await me.json()) as { csrf: string };
  const fresh = given ?? (await pushManager.getSubscription()) ?? (await subscribe(api, pushManager));
  const { keys } = fresh.toJSON();
  const body = { old: old || null, endpoint: fresh.endpoint, p256dh: keys?.["p256dh"], auth: keys?.["auth"] };
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const { status } = await fetch(`${api}channels/renew`, { method: "POST", headers, body: JSON.stringify(body) });
  if (status === 429 || status >= 500) throw new Error(`answered ${status}`);
}

async function subscribe(api: string, manager: PushManager): Promise<PushSubscription> {
  const told = await fetch(`${api}channels`);
  const { push_key: applicationServerKey } = (await told.json()) as { push_key: string };
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

/** Caches belong to the host, of which another IDE may have another path. */
function laterCache({ registration }: ServiceWorkerGlobalScope): string {
  return `ide-renew ${registration.scope}`;
}
