/** What is open here and how it is arranged. The server keeps both (the last saved wins); open pages
 * are never rearranged from outside. sessionStorage holds what the server has not got yet. */

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import {
  type Arrangement, activate, addPane, closePane, closeTab, freshArrangement, frontOf, NOTHING_OPEN, type Open, type Place,
  readArrangement, readOpen, reconcile, renameTab, showTab, tabsOf, type WidthClass,
} from "../core/arrangement";
import { type Direction, findPane, type Kind, type Node, panesOf, type Pane } from "../core/split";
import { docked, screenClass } from "./screen";
import { Saver } from "./saver";

export const arrangement = signal<Arrangement>(freshArrangement(screenClass.value));
const places = signal<Readonly<Record<string, Place>>>({});

/** Whether what is open of the files may be seen. A drawer covers what somebody works with: it comes when it is asked for, never because the room
 * changed. */
export const filesOut = signal(false);
export const filesShown = computed(() => arrangement.value.filesOpen && filesOut.value);

let firstVisit = false;
let tabsBefore = "";
const NO_TABS = JSON.stringify([[], []]);

export const focusedPane = computed<Pane | undefined>(() => findPane(arrangement.value.tree, arrangement.value.focused));

/** The file in front: of the focused editor pane, else of the first that shows one. */
export const frontFile = computed<string | null>(() => {
  const focused = focusedPane.value;
  if (focused?.kind === "editor" && focused.active) return focused.active;
  return panesOf(arrangement.value.tree).find((pane) => pane.kind === "editor" && pane.active)?.active ?? null;
});

export const openConsoles = computed<ReadonlySet<string>>(() => new Set(tabsOf(arrangement.value.tree, "console")));
export const openFiles = computed<readonly string[]>(() => tabsOf(arrangement.value.tree, "editor"));

const change = (next: Arrangement): void => {
  arrangement.value = next;
};

export const layout = {
  show: (kind: Kind, tab: string, pane?: string): void => change(showTab(arrangement.value, kind, tab, pane)),
  activate: (pane: string, tab: string | null): void => change(activate(arrangement.value, pane, tab)),
  close: (kind: Kind, tab: string): void => change(closeTab(arrangement.value, kind, tab)),
  addPane: (beside: string, direction: Direction, added: Omit<Pane, "pane">): void =>
    change(addPane(arrangement.value, beside, direction, added)),
  closePane: (pane: string): void => change(closePane(arrangement.value, pane)),
  rename: (from: string, to: string): void => {
    const { [from]: place, ...others } = places.value;
    batch(() => {
      places.value = place ? { ...others, [to]: place } : others;
      change(renameTab(arrangement.value, "editor", from, to));
    });
  },
  /** Change the tree alone. */
  tree: (edit: (tree: Node) => Node): void => change({ ...arrangement.value, tree: edit(arrangement.value.tree) }),
  maximise: (pane: string | null): void =>
    change({ ...arrangement.value, maximised: pane, focused: pane ?? arrangement.value.focused }),
  files: (open: boolean, width = arrangement.value.filesWidth): void => {
    filesOut.value = open;
    change({ ...arrangement.value, filesOpen: open, filesWidth: width });
  },
  /** Forget consoles that are no more. */
  keepConsoles: (known: ReadonlySet<string>): void => {
    for (const id of openConsoles.value) if (!known.has(id)) layout.close("console", id);
  },
};

export function placeOf(ref: string): Place | undefined {
  return places.peek()[ref];
}

export function notePlace(ref: string, place: Place): void {
  places.value = { ...places.peek(), [ref]: place };
}

const whatIsOpen = computed<Open>(() => {
  const files = openFiles.value;
  const kept = Object.fromEntries(Object.entries(places.value).filter(([ref]) => files.includes(ref)));
  return { files, consoles: [...openConsoles.value], front: frontOf(arrangement.value), places: kept };
});

const openSaver = new Saver("open");
const arrangementSavers = { wide: new Saver("wide"), medium: new Saver("medium"), narrow: new Saver("narrow") };

/** Show what was open, and keep the server informed from then on. Once, before the first render. */
export function startLayout(): void {
  const width = screenClass.peek();
  const open = readOpen(openSaver.load());
  const stored = readArrangement(arrangementSavers[width].load());
  firstVisit = open === null;
  batch(() => {
    places.value = open?.places ?? {};
    change(reconcile(stored ?? freshArrangement(width), open ?? NOTHING_OPEN, width));
  });
  followWidth(width);
  effect(() => {
    const open = whatIsOpen.value;
    const tabs = JSON.stringify([open.files, open.consoles]);
    // Saving that nothing was open yet would make the next page, if this one leaves now, no first visit.
    if (firstVisit && tabsBefore === "" && tabs === NO_TABS) return;
    openSaver.save(open, tabs !== tabsBefore); // a place in a file can wait; what another device shall open cannot
    tabsBefore = tabs;
  });
  effect(() => {
    const value = arrangement.value;
    arrangementSavers[screenClass.peek()].save(value);
  });
}

/** Whether this person had never opened anything before this page. */
export function isFirstVisit(): boolean {
  return firstVisit;
}

/** Another width class has its own arrangement; what is open stays open. */
function followWidth(first: WidthClass): void {
  const known = new Map<WidthClass, Arrangement>();
  let before = first;
  effect(() => {
    filesOut.value = docked.value;
    const width = screenClass.value;
    if (width === before) return;
    known.set(before, arrangement.peek());
    before = width;
    const found = known.get(width) ?? readArrangement(arrangementSavers[width].load()) ?? freshArrangement(width);
    untracked(() => change(reconcile(found, whatIsOpen.value, width)));
  });
}
