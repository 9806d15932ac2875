/** The workspace's consoles as the keeper tells them, and what can be done with them. */

import { signal, type Signal } from "@preact/signals";
import { address, api, inWorkspace } from "../api";
import type { Link } from "../link";
import type { ConsoleInfo, LogTotals } from "../told";

export type ConsoleKind = "bash" | "python";

/** All consoles, oldest first; null until the link has told them. */
export const consoles: Signal<readonly ConsoleInfo[] | null> = signal(null);

/** What all logs take on the disk; null until it is told. */
export const logs: Signal<LogTotals | null> = signal(null);

/** How many consoles this page is starting just now. */
export const starting: Signal<number> = signal(0);

export function consoleById(id: string): ConsoleInfo | null {
  return consoles.value?.find((info) => info.id === id) ?? null;
}

/** Follow the link's lists and changes. Returns how to stop. */
export function followConsoles(link: Link): () => void {
  const undo = [
    link.onEvent((event) => {
      if (event.type !== "consoles") return;
      consoles.value = withMade(event.consoles.map(newest)).sort((a, b) => a.created - b.created);
      logs.value = event.logs ?? null;
    }),
    link.onMeta((info) => {
      if (consoles.value?.some(({ id }) => id === info.id)) put(newest(info));
    }),
  ];
  return () => undo.forEach((stop) => stop());
}

const MADE_MS = 30_000;
/** Consoles that were made here and that no list has named yet: one that was on its way is older. */
const made = new Set<string>();

function withMade(listed: readonly ConsoleInfo[]): ConsoleInfo[] {
  for (const { id } of listed) made.delete(id);
  return [...listed, ...(consoles.value ?? []).filter(({ id }) => made.has(id))];
}

/** Sessions that this page began, by console, and that the link has not named yet. */
const begun = new Map<string, ConsoleInfo>();

/** What the link tells of a console, unless it was on its way before the session that this page began. */
function newest(told: ConsoleInfo): ConsoleInfo {
  const known = begun.get(told.id);
  if (known && isBefore(told, known)) return known;
  begun.delete(told.id);
  return told;
}

function isBefore(one: ConsoleInfo, other: ConsoleInfo): boolean {
  return (one.started ?? 0) < (other.started ?? 0);
}

/** Take in a console that the answer to a request of this page tells of, before the link does. */
export function noteMade(info: ConsoleInfo): ConsoleInfo {
  if (consoleById(info.id) === null) {
    made.add(info.id);
    setTimeout(() => made.delete(info.id), MADE_MS); // it may be gone before any list named it
  }
  // A list or META that knows of this session is newer than the answer.
  return (consoleById(info.id)?.started ?? -1) < (info.started ?? 0) ? put(info) : info;
}

/** The console that the answer to a request about it describes. It may come before the event that says the same; one that
 * the link told meanwhile may be newer, and where it is not the link tells again. */
async function answered(id: string, request: Promise<ConsoleInfo>): Promise<ConsoleInfo> {
  const before = consoleById(id);
  const info = await request;
  return consoleById(id) === before ? put(info) : info;
}

function put(info: ConsoleInfo): ConsoleInfo {
  const all = consoles.value ?? [];
  consoles.value = all.some(({ id }) => id === info.id)
    ? all.map((other) => (other.id === info.id ? info : other))
    : [...all, info];
  return info;
}

function path(id: string, action = ""): string {
  return inWorkspace(`consoles/${encodeURIComponent(id)}${action}`);
}

/** Where all that a console printed can be had as a file. */
export function logUrl(id: string): string {
  return address(path(id, "/log"));
}

/** Ask for all consoles as they are at this moment: what one runs, and whether, is told a moment late or not at all.
 * Throws ApiError. */
export async function refresh(): Promise<readonly ConsoleInfo[]> {
  const before = consoles.value;
  const { consoles: all } = await api.get<{ consoles: ConsoleInfo[] }>(inWorkspace("consoles"));
  for (const info of all) {
    const now = consoleById(info.id);
    if (now && before?.includes(now)) put(info); // else the link told of it meanwhile
  }
  return all;
}

/** Each answers with the console as it then is, or throws ApiError. */
export const actions = {
  create: async (kind: ConsoleKind, more: { cwd?: string; beside?: string; title?: string; cols?: number; rows?: number; record?: boolean } = {}): Promise<ConsoleInfo> => {
    starting.value += 1;
    try {
      return noteMade(await api.post<ConsoleInfo>(inWorkspace("consoles"), { kind, cols: 80, rows: 24, ...more }));
    } finally {
      starting.value -= 1;
    }
  },

  /** The console as it is at this moment. Null when there is no such console. */
  look: async (id: string): Promise<ConsoleInfo | null> => (await refresh()).find((info) => info.id === id) ?? null,

  rename: async (id: string, title: string): Promise<ConsoleInfo> => answered(id, api.patch<ConsoleInfo>(path(id), { title })),

  /** Answers when it has ended. `kill` is for what ignores a hang-up. */
  end: async (id: string, how: "hangup" | "kill" = "hangup"): Promise<ConsoleInfo> =>
    answered(id, api.post<ConsoleInfo>(path(id, "/end"), { how })),

  /** A new session in the same console and folder. */
  restart: async (id: string, size: { cols: number; rows: number } = { cols: 80, rows: 24 }): Promise<ConsoleInfo> => {
    const info = await api.post<ConsoleInfo>(path(id, "/restart"), size);
    const now = consoleById(id);
    if (!now || !isBefore(now, info)) return info;
    begun.set(id, info);
    setTimeout(() => begun.delete(id), MADE_MS); // should the clock be set back
    return put(info);
  },

  /** Write nothing that it prints from here on to the disk, or everything again. */
  record: async (id: string, record: boolean): Promise<ConsoleInfo> =>
    answered(id, api.post<ConsoleInfo>(path(id, "/record"), { record })),

  /** Forget an ended console and its output. */
  remove: async (id: string): Promise<void> => {
    await api.delete(path(id));
    made.delete(id);
    consoles.value = (consoles.value ?? []).filter((info) => info.id !== id);
  },
};
