/** What the offline page needs, in the cache of its worker. Knows no worker. */

/** Have `cache` hold these addresses and nothing else, all of them or what it held before: where one does not come, an older
 * worker goes on with its own page. Rejects then. */
export async function fillShell(cache: Cache, urls: readonly string[]): Promise<void> {
  await cache.addAll(urls.map((url) => new Request(url, { cache: "no-cache" })));
  for (const request of await cache.keys()) if (!urls.includes(request.url)) await cache.delete(request);
}
