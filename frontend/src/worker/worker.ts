/**
 * The service worker: shows an honest page when a navigation does not reach the server, and keeps the built files.
 * It never touches the API, links, or anything that people made; those go past it as if it were not there. And it shows pushes.
 *
 * Nothing in it depends on which version of the page is open, so a new one takes over at once and reloads nobody.
 */

import { listenForPushes } from "./push";
import { fillShell } from "./shell";

/** Written in front of this file by the server: the offline page and what it needs, as paths below the scope. */
declare const SHELL: readonly [page: string, ...files: string[]];
/** Written there too: the picture of notifications. */
declare const ICON: string;

const ours = self as unknown as ServiceWorkerGlobalScope;

/** Another IDE may live under another path of the same host, and caches belong to the host. */
const SHELL_CACHE = `ide-shell ${ours.registration.scope}`;
const BUILT_CACHE = `ide-built ${ours.registration.scope}`;
/** The pages of this server that a person opens; other addresses are downloads, or nobody's. */
const PAGES = new Set(["", "sign-in", "diagnostics"]);
const BUILT = "static/dist/";
/** A build has about 40 files, 1.5 MB unpacked; those of older builds go first. */
const MOST_FILES = 80;
/** As sent, that is packed. */
const MOST_FILE_BYTES = 512 * 1024;
/** What a proxy says for a server that is not there. */
const NO_SERVER = new Set([502, 504]);
/** After this long without an answer the offline page is more use than an empty one. */
const NAVIGATION_MS = 20_000;

ours.addEventListener("install", (event) => event.waitUntil(install()));
ours.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});
listenForPushes(ours, at(ICON));

async function install(): Promise<void> {
  await fillShell(await caches.open(SHELL_CACHE), SHELL.map(at));
  await ours.skipWaiting();
}

/** What this worker says to a request, null where it has no say. */
function answerTo(event: FetchEvent): Promise<Response> | null {
  const { request } = event;
  const scope = ours.registration.scope;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return null;
  const path = request.url.slice(scope.length).replace(/[?#].*$/, "");
  if (request.mode === "navigate") return PAGES.has(path) ? page(request) : null;
  return path.startsWith(BUILT) ? builtFile(event) : null;
}

async function page(request: Request): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), NAVIGATION_MS);
  });
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (!NO_SERVER.has(answer.status)) return answer;
  } catch {
    // offline
  } finally {
    clearTimeout(timer);
  }
  return (await cached(SHELL_CACHE, at(SHELL[0]))) ?? Response.error();
}

/** A name has one content for ever, so what is kept is right. */
async function builtFile(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const kept = (await cached(BUILT_CACHE, request.url)) ?? (await cached(SHELL_CACHE, request.url));
  if (kept) return kept;
  const answer = await fetch(request);
  const bytes = Number(answer.headers.get("Content-Length") ?? MOST_FILE_BYTES + 1);
  if (answer.status === 200 && answer.type === "basic" && bytes <= MOST_FILE_BYTES) event.waitUntil(keep(request.url, answer.clone()));
  return answer;
}

/** Kept or not, the page gets its file: a full disk is no reason to fail. */
async function keep(url: string, answer: Response): Promise<void> {
  try {
    const cache = await caches.open(BUILT_CACHE);
    await cache.put(url, answer);
    const all = await cache.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - MOST_FILES)).map((old) => cache.delete(old)));
  } catch {
    return;
  }
}

async function cached(name: string, url: string): Promise<Response | undefined> {
  return (await caches.open(name)).match(url, { ignoreVary: true });
}

function at(path: string): string {
  return new URL(path, ours.registration.scope).href;
}
