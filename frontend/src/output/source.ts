/** The log of one console as the server gives it in pieces. */

import { api, inWorkspace } from "../api";
import { LogText } from "../core/log_text";
import { whole } from "../http";

export const PART_BYTES = 32 * 1024;
/** As much as the server gives at once. */
const MOST_BYTES = 256 * 1024;

/** Whole lines, unless one is longer than a piece. */
export interface Part {
  readonly first: number;
  readonly end: number;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Whether it begins or ends within a line. */
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  /** The oldest byte that is kept, and the end of the log at this moment. */
  readonly oldest: number;
  readonly head: number;
  /** About when its first byte was printed, in seconds; null where nobody knows. */
  readonly at: number | null;
}

export interface LogMap {
  readonly start: number;
  readonly end: number;
  readonly gaps: readonly (readonly [first: number, end: number])[];
  readonly times: readonly (readonly [offset: number, seconds: number])[];
  readonly epoch: string;
  readonly title: string;
  /** With a time asked for: an offset before which everything was printed before it. */
  readonly at?: number;
  readonly sizes?: readonly Size[];
}

/** From an offset on the grid had this size. */
export type Size = readonly [offset: number, cols: number, rows: number];

interface Wanted {
  /** What ends there instead of what begins there. */
  readonly before?: boolean;
  /** Just there, which is known to be where a line begins, or is cut. */
  readonly exact?: boolean;
  readonly bytes?: number;
  /** As it was printed; else a line typed at a prompt comes as it stood there in the end, in as many bytes. */
  readonly raw?: boolean;
}

export class LogSource {
  constructor(readonly consoleId: string) {}

  /** Throws ApiError; an AbortError when `signal` says so. */
  async part(at: number, { before = false, exact = false, bytes = PART_BYTES, raw = false }: Wanted, signal: AbortSignal): Promise<Part> {
    const query = `at=${Math.max(0, Math.floor(at))}&bytes=${bytes}${before ? "&before=1" : ""}${exact ? "&exact=1" : ""}${raw ? "" : "&settled=1"}`;
    const response = await api.raw(this.#path(`part?${query}`), { signal });
    const number = (name: string): number => Number(response.headers.get(`X-Log-${name}`));
    const cut = response.headers.get("X-Log-Cut") ?? "";
    const time = response.headers.get("X-Log-Time");
    return {
      first: number("Start"),
      end: number("End"),
      data: new Uint8Array(await whole(response.arrayBuffer())),
      cutStart: cut.includes("start"),
      cutEnd: cut.includes("end"),
      oldest: number("Oldest"),
      head: number("Head"),
      at: time === null ? null : Number(time),
    };
  }

  /** What is at [first, end) as plain text, with a line where bytes are missing. Throws as `part` does. */
  async text(first: number, end: number, signal: AbortSignal): Promise<string> {
    const text = new LogText(first, end);
    while (text.at < end) {
      const part = await this.part(text.at, { exact: true, bytes: Math.min(MOST_BYTES, end - text.at) }, signal);
      if (part.end <= text.at) break;
      text.add(part.first, part.data);
    }
    text.finish();
    return text.text;
  }

  /** Throws ApiError. */
  map(seconds?: number): Promise<LogMap> {
    return api.get<LogMap>(this.#path(seconds === undefined ? "map" : `map?time=${seconds}`));
  }

  /** The grid at an offset and all that came later, as far as they are known. Throws ApiError. */
  async sizes(first: number): Promise<readonly Size[]> {
    return (await api.get<LogMap>(this.#path(`map?sizes=${first}`))).sizes ?? [];
  }

  #path(end: string): string {
    return inWorkspace(`consoles/${encodeURIComponent(this.consoleId)}/log/${end}`);
  }
}
