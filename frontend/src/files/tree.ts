/** The file tree as this page knows it: one folder at a time, fetched when it is opened. */

import { computed, signal } from "@preact/signals";
import type { VNode } from "preact";
import { api, inWorkspace } from "../api";
import { boot } from "../boot";
import { Pace } from "../core/pace";
import { baseOf, nameOf, parentOf } from "../core/refs";
import { clock } from "../shell/clock";
import { openFiles } from "../shell/layout";
import { startWorkspace } from "../workspace/start";
import { isOfStopped, query } from "./content";

export interface Entry {
  readonly ref: string;
  readonly kind: "file" | "folder" | "other";
  readonly link: boolean;
  readonly size: number;
  readonly mtime: number;
}

export interface Folder {
  readonly entries: readonly Entry[];
  readonly more: boolean;
  readonly loading: boolean;
  /** Why the folder could not be listed; null when it could. */
  readonly trouble: string | null;
  /** Whether that is because the workspace was stopped. */
  readonly stopped?: boolean;
}

/** Where a row stands among those of its folder, counted from 1: not all of them are on the page. */
interface Placed {
  readonly level: number;
  readonly place: number;
  readonly of: number;
}

export type Row = Placed & (
  | { readonly type: "entry"; readonly entry: Entry; readonly name: string }
  | { readonly type: "more" | "trouble" | "stopped" | "loading"; readonly folder: string; readonly text: string }
);

const REFRESH_AFTER_MS = 300;
const OPENED_KEY = `folders:${boot.workspace.id}`;
const UNKNOWN: Folder = { entries: [], more: false, loading: true, trouble: null };

export const folders = signal<ReadonlyMap<string, Folder>>(new Map());
export const expanded = signal<ReadonlySet<string>>(readExpanded());
export const showHidden = signal(false);
/** The row that the keyboard is on. */
export const current = signal<string | null>(null);

/** While several rows are being selected: what files/select.tsx makes of it, which comes with the first of them. */
export interface SelectMode {
  has(ref: string): boolean;
  /** A row was clicked, or a key pressed on it that begins a range. */
  press(ref: string | null, event?: MouseEvent | KeyboardEvent): void;
  /** Whether the key, pressed on the row of `ref`, is one of the mode. */
  key(event: KeyboardEvent, ref: string): boolean;
  bar(): VNode;
}

export const selecting = signal<SelectMode | null>(null);

function readExpanded(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(OPENED_KEY) ?? "[]") as string[]);
  } catch {
    return new Set();
  }
}

const hidden = (entry: Entry): boolean => baseOf(entry.ref).startsWith(".");

/** What the tree shows, from top to bottom. */
export const rows = computed<readonly Row[]>(() => rowsOf("", 1));

function rowsOf(folderRef: string, level: number): Row[] {
  const folder = folders.value.get(folderRef) ?? UNKNOWN;
  const open = openFiles.value;
  const shown = folder.entries.filter((entry) => showHidden.value || !hidden(entry) || open.includes(entry.ref));
  const note = noteOf(folder);
  const of = shown.length + (note ? 1 : 0);
  const inner: Row[] = shown.flatMap((entry, at) => {
    const row: Row = { type: "entry", entry, level, place: at + 1, of, name: nameOf(entry.ref) };
    return entry.kind === "folder" && expanded.value.has(entry.ref) ? [row, ...rowsOf(entry.ref, level + 1)] : [row];
  });
  if (note) inner.push({ ...note, folder: folderRef, level, place: of, of });
  return inner;
}

/** What is said below a folder's entries, null where nothing is. */
function noteOf({ entries, more, loading, trouble, stopped }: Folder): Pick<Extract<Row, { text: string }>, "type" | "text"> | null {
  if (trouble) return { type: stopped ? "stopped" : "trouble", text: trouble };
  if (more) return { type: "more", text: `Show more (${entries.length} shown)` };
  return loading && entries.length === 0 ? { type: "loading", text: "Opening…" } : null;
}

function keep(ref: string, change: Partial<Folder>): void {
  const before = folders.peek().get(ref) ?? UNKNOWN;
  folders.value = new Map([...folders.peek(), [ref, { ...before, ...change }]]);
}

/** One page of a folder, after the entry `after`. Throws ApiError. */
export async function page(ref: string, after: string | null): Promise<{ entries: Entry[]; more: boolean }> {
  const rest = after === null ? "" : `&after=${query(after).slice("path=".length)}`;
  return api.get(inWorkspace(`files?${query(ref)}${rest}`));
}

/** Fetch a folder anew, as far as it was shown. */
export async function load(ref: string): Promise<void> {
  keep(ref, { loading: true });
  const shown = (): number => folders.peek().get(ref)?.entries.length ?? 0; // may grow meanwhile
  try {
    let { entries, more } = await page(ref, null);
    while (more && entries.length < shown()) {
      const next = await page(ref, entries.at(-1)?.ref ?? null);
      entries = [...entries, ...next.entries];
      more = next.more;
    }
    keep(ref, { entries, more, loading: false, trouble: null });
  } catch (error) {
    if (isGone(error) && ref !== "") return collapse(ref);
    keep(ref, { loading: false, trouble: error instanceof Error ? error.message : String(error), stopped: isOfStopped(error) });
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && "status" in error && error.status === 404;

export async function loadMore(ref: string): Promise<void> {
  const known = folders.peek().get(ref)?.entries ?? [];
  try {
    const next = await page(ref, known.at(-1)?.ref ?? null);
    keep(ref, { entries: [...known, ...next.entries], more: next.more });
  } catch {
    await load(ref); // the folder changed meanwhile: list it again
  }
}

function setExpanded(next: ReadonlySet<string>): void {
  expanded.value = next;
  sessionStorage.setItem(OPENED_KEY, JSON.stringify([...next]));
}

export function expand(ref: string): void {
  setExpanded(new Set([...expanded.peek(), ref]));
  void load(ref);
}

export function collapse(ref: string): void {
  setExpanded(new Set([...expanded.peek()].filter((open) => open !== ref)));
}

/** Make an entry visible: open the folders above it. */
export function reveal(ref: string): void {
  for (let folder = parentOf(ref); folder !== ""; folder = parentOf(folder)) if (!expanded.peek().has(folder)) expand(folder);
  current.value = ref;
}

/** Take an entry that is gone out of its folder, before the folder is listed anew. */
export function forget(ref: string): void {
  const known = folders.peek().get(parentOf(ref));
  if (known) keep(parentOf(ref), { entries: known.entries.filter((entry) => entry.ref !== ref) });
}

/** The entry of a ref, where it is known. */
export function entryOf(ref: string): Entry | undefined {
  return folders.peek().get(parentOf(ref))?.entries.find((entry) => entry.ref === ref);
}

/** Start the workspace, which tells every page to look at its files again; here that is done at once. */
export async function start(folder: string): Promise<void> {
  try {
    await startWorkspace();
    await refresh();
  } catch (error) {
    keep(folder, { trouble: (error as Error).message });
  }
}

/** Fetch every folder that is shown. */
export async function refresh(): Promise<void> {
  const visible = ["", ...[...expanded.peek()].filter((ref) => everyParentOpen(ref))];
  await Promise.all(visible.map(load));
}

function everyParentOpen(ref: string): boolean {
  const parent = parentOf(ref);
  return parent === "" || (expanded.peek().has(parent) && everyParentOpen(parent));
}

const refreshing = new Pace(() => void refresh(), REFRESH_AFTER_MS, clock);

/** Something in the tree may have changed. Many calls in a burst fetch once. */
export function treeChanged(): void {
  refreshing.soon();
}
