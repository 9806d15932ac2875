/** Pushes: shown when they come, the page opened when they are tapped, the subscription renewed when the browser changes it. */

import { notificationOf, readTold } from "./told";

/** The browser's word that it gave out another subscription; not every library of types knows it. */
interface Changed extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

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
  ours.addEventListener("pushsubscriptionchange", (event) => (event as Changed).waitUntil(renew(ours, event as Changed)));
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

/** Tell the server where pushes go from now on. Signed out meanwhile, this device is not told any more. */
async function renew(ours: ServiceWorkerGlobalScope, { oldSubscription: old, newSubscription: given }: Changed): Promise<void> {
  const { scope, pushManager } = ours.registration;
  const api = `${scope}api/v1/`;
  const me = await fetch(`${api}me`);
  if (!me.ok) return;
  const { csrf } = (await me.json()) as { csrf: string };
  const fresh = given ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: await serverKey(api, old) }));
  const { keys } = fresh.toJSON();
  // Not every browser says which one it was; the server knows which is this device's.
  const body = { old: old?.endpoint ?? null, endpoint: fresh.endpoint, p256dh: keys?.["p256dh"], auth: keys?.["auth"] };
  await fetch(`${api}channels/renew`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(body) });
}

async function serverKey(api: string, old: PushSubscription | null): Promise<BufferSource | string> {
  const key = old?.options.applicationServerKey;
  if (key) return key;
  const told = await fetch(`${api}channels`);
  return ((await told.json()) as { push_key: string }).push_key;
}
