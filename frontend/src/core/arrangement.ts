/** What is open, and how it is arranged on a screen of one width class. Pure values.
 *
 * `Open` follows the person to every device; an `Arrangement` belongs to a width class. Both come from
 * the server as JSON that an older or newer page wrote, so reading them believes nothing. */

import {
  type Direction, findPane, freshId, isPane, type Kind, mapPanes, MAX_PANES, MAX_RATIO, MIN_RATIO, type Node, type Pane,
  panesOf, paneWith, removePane, splitPane, stacked,
} from "./split";

export type WidthClass = "wide" | "medium" | "narrow";

/** Where somebody was in a file: cursor and first visible position, in characters. */
export interface Place {
  readonly head: number;
  readonly top: number;
}

/** What the person looked at last: the file and the console in front, and which of the two was in use. */
export interface Front {
  readonly editor: string | null;
  readonly console: string | null;
  readonly kind: Kind;
}

export interface Open {
  readonly files: readonly string[];
  readonly consoles: readonly string[];
  readonly front: Front;
  readonly places: Readonly<Record<string, Place>>;
}

export interface Arrangement {
  readonly tree: Node;
  readonly focused: string;
  readonly maximised: string | null;
  readonly filesOpen: boolean;
  readonly filesWidth: number;
}

export const NOTHING_OPEN: Open = { files: [], consoles: [], front: { editor: null, console: null, kind: "editor" }, places: {} };
export const MIN_FILES_WIDTH = 160;
export const MAX_FILES_WIDTH = 480;
const MAX_TABS = 200;

export function widthClass(width: number): WidthClass {
  return width >= 1100 ? "wide" : width >= 700 ? "medium" : "narrow";
}

/** An empty editor above an empty console pane. */
export function freshArrangement(width: WidthClass): Arrangement {
  const editor: Pane = { pane: "p1", kind: "editor", tabs: [], active: null };
  const console: Pane = { pane: "p2", kind: "console", tabs: [], active: null };
  const tree: Node = { split: "s1", direction: "column", ratio: 0.58, first: editor, second: console };
  return { tree, focused: "p1", maximised: null, filesOpen: width === "wide", filesWidth: 240 };
}

/** Make tabs and `open` agree: what is no longer open goes, what has no tab gets one in the first
 * pane of its kind, and panes that lost all tabs go while another of their kind is left. */
export function reconcile(arrangement: Arrangement, open: Open, width: WidthClass): Arrangement {
  const wanted: Record<Kind, readonly string[]> = { editor: open.files, console: open.consoles };
  let result = width === "wide" ? arrangement : { ...arrangement, tree: stacked(arrangement.tree) };
  for (const kind of ["editor", "console"] as const) {
    for (const pane of panesOf(result.tree).filter((p) => p.kind === kind)) {
      for (const tab of pane.tabs) if (!wanted[kind].includes(tab)) result = closeTab(result, kind, tab);
    }
    for (const tab of wanted[kind]) if (!paneWith(result.tree, kind, tab)) result = addTab(result, kind, tab);
  }
  const before = frontOf(arrangement);
  return toFront(result, { ...open.front, editor: open.front.editor ?? before.editor, console: open.front.console ?? before.console });
}

/** Bring to the front what the person looked at last. What is maximised stays so only with it. */
function toFront(arrangement: Arrangement, front: Front): Arrangement {
  const { focused, maximised } = arrangement;
  let result = arrangement;
  for (const kind of ["editor", "console"] as const) {
    const tab = front[kind];
    const pane = tab === null ? undefined : paneWith(result.tree, kind, tab);
    if (pane) result = activate(result, pane.pane, tab);
  }
  const looked = front[front.kind];
  const pane = (looked !== null && paneWith(result.tree, front.kind, looked)) || findPane(result.tree, focused);
  const shown = pane ?? panesOf(result.tree)[0];
  return { ...result, focused: shown?.pane ?? "", maximised: shown?.pane === maximised ? maximised : null };
}

/** The file and the console in front, and which is in use. */
export function frontOf({ tree, focused }: Arrangement): Front {
  const panes = panesOf(tree);
  const here = findPane(tree, focused);
  const active = (kind: Kind): string | null =>
    here?.kind === kind && here.active !== null ? here.active : (panes.find((pane) => pane.kind === kind && pane.active !== null)?.active ?? null);
  return { editor: active("editor"), console: active("console"), kind: here?.kind ?? "editor" };
}

/** Show a tab: where it is, else in the focused pane of its kind, else in the first, else in a new one. */
export function showTab(arrangement: Arrangement, kind: Kind, tab: string, paneId?: string): Arrangement {
  const there = paneWith(arrangement.tree, kind, tab);
  if (there && (!paneId || there.pane === paneId)) return activate(arrangement, there.pane, tab);
  const without = there ? closeTab(arrangement, kind, tab) : arrangement;
  const added = addTab(without, kind, tab, paneId);
  const pane = paneWith(added.tree, kind, tab);
  return pane ? activate(added, pane.pane, tab) : added;
}

/** Bring a tab to the front and focus its pane; leaves maximised only when another pane is. */
export function activate(arrangement: Arrangement, paneId: string, tab: string | null): Arrangement {
  const tree = mapPanes(arrangement.tree, (pane) =>
    pane.pane === paneId && (tab === null || pane.tabs.includes(tab)) ? { ...pane, active: tab ?? pane.active } : pane,
  );
  const maximised = arrangement.maximised && arrangement.maximised !== paneId ? null : arrangement.maximised;
  return { ...arrangement, tree, focused: paneId, maximised };
}

function addTab(arrangement: Arrangement, kind: Kind, tab: string, paneId?: string): Arrangement {
  const all = panesOf(arrangement.tree).filter((pane) => pane.kind === kind);
  const target = all.find((pane) => pane.pane === paneId) ?? all.find((pane) => pane.pane === arrangement.focused) ?? all[0];
  if (!target) return addPane(makeRoom(arrangement), arrangement.focused, "column", { kind, tabs: [tab], active: tab });
  const tree = mapPanes(arrangement.tree, (pane) =>
    pane.pane === target.pane ? { ...pane, tabs: [...pane.tabs, tab], active: tab } : pane,
  );
  return { ...arrangement, tree };
}

/** Of four panes of one kind the last gives way to a first one of the other kind. */
function makeRoom(arrangement: Arrangement): Arrangement {
  const panes = panesOf(arrangement.tree);
  return panes.length < MAX_PANES ? arrangement : closePane(arrangement, panes.at(-1)?.pane ?? "");
}

/** Split off a new pane and focus it. The same arrangement when there are MAX_PANES already. */
export function addPane(
  arrangement: Arrangement, beside: string, direction: Direction, added: Omit<Pane, "pane">,
): Arrangement {
  const pane: Pane = { ...added, pane: freshId(arrangement.tree, "p") };
  const anchor = findPane(arrangement.tree, beside) ? beside : (panesOf(arrangement.tree).at(-1)?.pane ?? "");
  const tree = splitPane(arrangement.tree, anchor, direction, pane);
  return tree === arrangement.tree ? arrangement : { ...arrangement, tree, focused: pane.pane, maximised: null };
}

/** Take a tab away; its left neighbour comes to the front. An emptied pane goes while another of its
 * kind is left. */
export function closeTab(arrangement: Arrangement, kind: Kind, tab: string): Arrangement {
  const pane = paneWith(arrangement.tree, kind, tab);
  if (!pane) return arrangement;
  const at = pane.tabs.indexOf(tab);
  const tabs = pane.tabs.filter((other) => other !== tab);
  const active = pane.active === tab ? (tabs[Math.max(0, at - 1)] ?? null) : pane.active;
  const tree = mapPanes(arrangement.tree, (p) => (p.pane === pane.pane ? { ...p, tabs, active } : p));
  const lonely = panesOf(tree).filter((p) => p.kind === kind).length === 1;
  return tabs.length > 0 || lonely ? { ...arrangement, tree } : closePane({ ...arrangement, tree }, pane.pane);
}

/** Take a pane away; its tabs move to another pane of its kind, else they are gone from the screen. */
export function closePane(arrangement: Arrangement, paneId: string): Arrangement {
  const pane = findPane(arrangement.tree, paneId);
  if (!pane || panesOf(arrangement.tree).length === 1) return arrangement;
  const heir = panesOf(arrangement.tree).find((other) => other.kind === pane.kind && other.pane !== paneId);
  const kept = mapPanes(arrangement.tree, (other) =>
    other.pane === heir?.pane ? { ...other, tabs: [...other.tabs, ...pane.tabs], active: other.active ?? pane.active } : other,
  );
  const tree = removePane(kept, paneId);
  const focused = arrangement.focused === paneId ? (heir?.pane ?? panesOf(tree)[0]?.pane ?? "") : arrangement.focused;
  return { ...arrangement, tree, focused, maximised: arrangement.maximised === paneId ? null : arrangement.maximised };
}

/** Put another name on an open tab (a file that moved). */
export function renameTab(arrangement: Arrangement, kind: Kind, from: string, to: string): Arrangement {
  const change = (tab: string): string => (tab === from ? to : tab);
  const tree = mapPanes(arrangement.tree, (pane) =>
    pane.kind === kind ? { ...pane, tabs: pane.tabs.map(change), active: pane.active && change(pane.active) } : pane,
  );
  return { ...arrangement, tree };
}

/** All tabs of one kind, in reading order. */
export function tabsOf(tree: Node, kind: Kind): readonly string[] {
  return panesOf(tree).filter((pane) => pane.kind === kind).flatMap((pane) => pane.tabs);
}

/** Read an arrangement from JSON; null when it is none. */
export function readArrangement(value: unknown): Arrangement | null {
  if (!isRecord(value)) return null;
  const tree = readNode(value["tree"], 0);
  if (!tree) return null;
  const panes = panesOf(tree);
  const ids = panes.map((pane) => pane.pane);
  if (panes.length > MAX_PANES || new Set(ids).size !== ids.length) return null;
  const named = (id: unknown): string | null => (typeof id === "string" && ids.includes(id) ? id : null);
  const width = typeof value["filesWidth"] === "number" ? value["filesWidth"] : 240;
  return {
    tree,
    focused: named(value["focused"]) ?? ids[0] ?? "",
    maximised: named(value["maximised"]),
    filesOpen: value["filesOpen"] === true,
    filesWidth: Math.min(MAX_FILES_WIDTH, Math.max(MIN_FILES_WIDTH, width)),
  };
}

/** Read what is open from JSON; null when it is nothing of the kind. */
export function readOpen(value: unknown): Open | null {
  if (!isRecord(value)) return null;
  const files = readStrings(value["files"]);
  const consoles = readStrings(value["consoles"]);
  if (!files || !consoles) return null;
  const places: Record<string, Place> = {};
  for (const [ref, place] of Object.entries(isRecord(value["places"]) ? value["places"] : {})) {
    if (isRecord(place) && typeof place["head"] === "number" && typeof place["top"] === "number" && files.includes(ref)) {
      places[ref] = { head: place["head"], top: place["top"] };
    }
  }
  return { files, consoles, front: readFront(value["front"], files, consoles), places };
}

function readFront(value: unknown, files: readonly string[], consoles: readonly string[]): Front {
  if (!isRecord(value)) return NOTHING_OPEN.front;
  const { editor, console, kind } = value;
  return {
    editor: typeof editor === "string" && files.includes(editor) ? editor : null,
    console: typeof console === "string" && consoles.includes(console) ? console : null,
    kind: kind === "console" ? "console" : "editor",
  };
}

function readNode(value: unknown, depth: number): Node | null {
  if (!isRecord(value) || depth > MAX_PANES) return null;
  if (typeof value["pane"] === "string") {
    const kind = value["kind"];
    const tabs = readStrings(value["tabs"]);
    if ((kind !== "editor" && kind !== "console") || !tabs) return null;
    const active = value["active"];
    return { pane: value["pane"], kind, tabs, active: typeof active === "string" && tabs.includes(active) ? active : (tabs[0] ?? null) };
  }
  const { split, direction, ratio } = value;
  const first = readNode(value["first"], depth + 1);
  const second = readNode(value["second"], depth + 1);
  if (!first || !second || typeof split !== "string" || typeof ratio !== "number") return null;
  if (direction !== "row" && direction !== "column") return null;
  const node: Node = { split, direction, ratio: Math.min(MAX_RATIO, Math.max(MIN_RATIO, ratio)), first, second };
  return isPane(node) ? null : node;
}

function readStrings(value: unknown): string[] | null {
  if (!Array.isArray(value) || value.length > MAX_TABS) return null;
  return value.every((item) => typeof item === "string") ? [...new Set(value as string[])] : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
