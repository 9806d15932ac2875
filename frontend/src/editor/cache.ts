/** Unsaved text in this browser, for what the server could not be told: a cache, never the only copy by
 * design. Without IndexedDB (private windows of old browsers) it keeps nothing, and says so by `false`. */

import type { Draft, SentNote } from "../core/saving";
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
const noteKey = (ref: string): string => `sent:${keyOf(ref)}`;

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

let asked = false;

/** Whether the text is kept. With the first the browser is asked, once, not to clear away what is kept here: a Safari tab
 * loses it after seven days without a visit. Most decide by themselves; Firefox asks the person. */
export async function cacheText(ref: string, draft: Draft): Promise<boolean> {
  if (!asked) navigator.storage?.persist?.().catch(() => undefined);
  asked = true;
  return (await run("readwrite", (store) => store.put(draft, keyOf(ref)))) !== null;
}

/** Note what is on its way with a text, or that nothing is: in the tab's own storage, into which a page can still write
 * while it is being left. */
export function noteSent(ref: string, note: SentNote | null): void {
  try {
    if (note) sessionStorage.setItem(noteKey(ref), JSON.stringify(note));
    else sessionStorage.removeItem(noteKey(ref));
  } catch {
    // Full or forbidden: at worst a question is asked that need not be.
  }
}

export function sentNote(ref: string): SentNote | null {
  try {
    return JSON.parse(sessionStorage.getItem(noteKey(ref)) ?? "null") as SentNote | null;
  } catch {
    return null;
  }
}

export async function forgetText(ref: string): Promise<void> {
  noteSent(ref, null);
  await run("readwrite", (store) => store.delete(keyOf(ref)));
}
