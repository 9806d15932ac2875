/** Which rows of the tree are selected: by one at a time, by a range, all of a folder. Refs in, refs out. */

import { parentOf } from "./refs";

export interface Selection {
  readonly refs: ReadonlySet<string>;
  /** Where a range begins: the row that was selected or left out by itself last. */
  readonly anchor: string | null;
  /** What was selected when the range began: it may grow and shrink without touching that. */
  readonly before: ReadonlySet<string>;
}

export const NOTHING: Selection = { refs: new Set(), anchor: null, before: new Set() };

/** One more, or one less. */
export function toggled({ refs }: Selection, ref: string): Selection {
  const next = new Set(refs);
  if (!next.delete(ref)) next.add(ref);
  return { refs: next, anchor: ref, before: next };
}

/** All from the anchor to `ref` in the order of `rows`; without an anchor among them only `ref`. */
export function extended(selection: Selection, rows: readonly string[], ref: string): Selection {
  const { anchor, before } = selection;
  const from = anchor === null ? -1 : rows.indexOf(anchor);
  const to = rows.indexOf(ref);
  if (from < 0 || to < 0) return toggled({ ...selection, refs: new Set([...selection.refs].filter((other) => other !== ref)) }, ref);
  return { refs: new Set([...before, ...rows.slice(Math.min(from, to), Math.max(from, to) + 1)]), anchor, before };
}

/** These as well; where all of them are selected, none of them. */
export function allOf({ refs, anchor }: Selection, some: readonly string[]): Selection {
  const all = some.every((ref) => refs.has(ref));
  const next = new Set(all ? [...refs].filter((ref) => !some.includes(ref)) : [...refs, ...some]);
  return { refs: next, anchor, before: next };
}

/** Without what lies in another of them, which goes where that goes. */
export function outermost<T extends { readonly ref: string }>(entries: readonly T[]): T[] {
  const refs = new Set(entries.map(({ ref }) => ref));
  const isInside = (ref: string): boolean => {
    const folder = parentOf(ref);
    return folder !== "" && (refs.has(folder) || isInside(folder));
  };
  return entries.filter(({ ref }) => !isInside(ref));
}

/** How many of what. */
export function counted(entries: readonly { readonly kind: string }[]): string {
  const count = entries.length;
  const folders = entries.filter(({ kind }) => kind === "folder").length;
  const words = folders === 0 ? ["file", "files"] : folders === count ? ["folder", "folders"] : ["", "files and folders"];
  return `${count} ${words[count === 1 ? 0 : 1]}`;
}

/** The refs for one address of at most `most` characters; null where even whole folders, for those of which all is
 * selected, are too long. `inside` is all that lies in a folder, null where not all of it is known. */
export function shortened(refs: readonly string[], inside: (folder: string) => readonly string[] | null, most: number): readonly string[] | null {
  const fits = (some: readonly string[]): boolean => some.reduce((sum, ref) => sum + ref.length + "&path=".length, 0) <= most;
  if (fits(refs)) return refs;
  const chosen = new Set(refs);
  for (const folder of new Set(refs.map(parentOf))) {
    const all = inside(folder);
    if (!all || !all.every((ref) => chosen.has(ref))) continue;
    for (const ref of all) chosen.delete(ref);
    chosen.add(folder);
  }
  return fits([...chosen]) ? [...chosen] : null;
}
