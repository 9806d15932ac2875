/** The offline page in the service worker's cache, when a newer worker comes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fillShell } from "../src/worker/shell";

const at = (path: string): string => `https://tablet.test/ide/${path}`;

/** As much of a Cache as is used; `missing` does not come from the server. */
function cacheWith(held: readonly string[], missing = ""): { cache: Cache; urls: () => string[] } {
  let urls = held.map(at);
  const cache = {
    addAll: async (requests: Request[]) => {
      if (requests.some(({ url }) => url === at(missing))) throw new TypeError("no answer");
      urls = [...new Set([...urls, ...requests.map(({ url }) => url)])];
    },
    keys: async () => urls.map((url) => new Request(url)),
    delete: async ({ url }: Request) => {
      urls = urls.filter((each) => each !== url);
      return true;
    },
  };
  return { cache: cache as unknown as Cache, urls: () => urls };
}

test("the files of an older page go when those of the newer one are there", async () => {
  const { cache, urls } = cacheWith(["offline", "old.css"]);
  await fillShell(cache, [at("offline"), at("new.css")]);
  assert.deepEqual(urls(), [at("offline"), at("new.css")]);
});

test("a server that goes meanwhile leaves the older page whole", async () => {
  const { cache, urls } = cacheWith(["offline", "old.css"], "new.css");
  await assert.rejects(fillShell(cache, [at("offline"), at("new.css")]));
  assert.deepEqual(urls(), [at("offline"), at("old.css")]);
});
