/** Unsaved text in this browser, for what the server could not be told: a cache, never the only copy by
 * design. Without IndexedDB (private windows of old browsers) it keeps nothing, and says so by `false`. */

import type { Draft } from "../core/saving";
import { boot } from "../boot";

const STORE = "texts";

let opening: Promise<IDBDatabase | null> | null = null;

function database(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open("ide", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

const keyOf = (ref: string): string => `${boot.workspace.id}/${ref}`;

function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  return database().then(
    (db) =>
      new Promise((resolve) => {
        if (!db) return resolve(null);
        try {
          const request = act(db.transaction(STORE, mode).objectStore(STORE));
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => resolve(null);
        } catch {
          resolve(null);
        }
      }),
  );
}

export async function cachedText(ref: string): Promise<Draft | null> {
  const found = await run<Draft | undefined>("readonly", (store) => store.get(keyOf(ref)));
  return found ?? null;
}

/** Whether the text is kept. */
export async function cacheText(ref: string, draft: Draft): Promise<boolean> {
  return (await run("readwrite", (store) => store.put(draft, keyOf(ref)))) !== null;
}

export async function forgetText(ref: string): Promise<void> {
  await run("readwrite", (store) => store.delete(keyOf(ref)));
}
