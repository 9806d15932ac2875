/** A search in the whole output, found in a process of the server's and told as it is found. */

import { api, inWorkspace } from "../api";

export interface Hit {
  /** Where its line begins. */
  readonly at: number;
  readonly before: string;
  readonly match: string;
  readonly after: string;
  /** Whether the beginning of its line is left out. */
  readonly cut: boolean;
}

export interface Wanted {
  readonly pattern: string;
  readonly regex: boolean;
  readonly case: boolean;
}

/** Why it ended, and how many bytes of what it passed were missing. */
export interface Ended {
  readonly end: "all" | "hits" | "time";
  /** A keeper older than the page does not say it. */
  readonly missing?: number;
}

interface Said {
  readonly hit?: Hit;
  readonly at?: number;
  readonly end?: Ended["end"];
  readonly missing?: number;
}

const LINE_FEED = "\n";

/** Search; `found` hears hits as they come and how far it came. Throws ApiError, an AbortError when `signal` says so, and
 * an Error when it broke off. */
export async function searchIn(consoleId: string, wanted: Wanted, signal: AbortSignal, found: (hits: readonly Hit[], at: number | null) => void): Promise<Ended> {
  const query = new URLSearchParams({ pattern: wanted.pattern, regex: wanted.regex ? "1" : "0", case: wanted.case ? "1" : "0" });
  const response = await api.raw(inWorkspace(`consoles/${encodeURIComponent(consoleId)}/log/search?${query}`), { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done = true, value = "" } = (await reader?.read()) ?? {};
    if (done) throw new Error("The search broke off. Try again.");
    const lines = (rest + value).split(LINE_FEED);
    rest = lines.pop() ?? "";
    const said = lines.map((line) => JSON.parse(line) as Said);
    const hits = said.flatMap(({ hit }) => (hit ? [hit] : []));
    found(hits, said.findLast(({ at }) => at !== undefined)?.at ?? null);
    const { end, missing } = said.at(-1) ?? {};
    if (end) return { end, ...(missing === undefined ? {} : { missing }) };
  }
}
