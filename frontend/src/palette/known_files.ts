/** The files of a workspace for quick open: what is open, then folder by folder from the top, as far as is quick. */

import { ApiError } from "../api";
import { nameOf } from "../core/refs";
import { page } from "../files/tree";
import { openFiles } from "../shell/layout";

export const MAX_FOLDERS = 60;
export const MAX_FILES = 3000;
/** Folders that programs fill; who wants a file of theirs opens it in the tree. */
const FILLED_BY_PROGRAMS = /^(\..*|node_modules|__pycache__|venv|dist|build|target)$/;

export interface Listed {
  readonly refs: readonly string[];
  /** Not every folder was looked into. */
  readonly more: boolean;
}

/** Look from the top down and tell `found` after each folder, until all is seen, a maximum is reached or `until` aborts.
 * Throws what listing throws. */
export async function listFiles(found: (listed: Listed) => void, until: AbortSignal): Promise<void> {
  const open = openFiles.peek();
  const refs = [...open];
  const waiting = [""];
  let cut = false;
  found({ refs, more: true });
  for (let looked = 0; waiting.length > 0 && looked < MAX_FOLDERS && refs.length < MAX_FILES; looked += 1) {
    const folder = waiting.shift() ?? "";
    const { entries, more } = await page(folder, null).catch(unlessGone);
    if (until.aborted) return;
    for (const { ref, kind } of entries) {
      if (kind === "folder" && !FILLED_BY_PROGRAMS.test(nameOf(ref))) waiting.push(ref);
      else if (kind === "file" && !open.includes(ref)) refs.push(ref);
    }
    cut ||= more;
    found({ refs: [...refs], more: true });
  }
  found({ refs: [...refs], more: cut || waiting.length > 0 });
}

/** A folder that went away meanwhile, or may not be read, is not looked into; what else goes wrong is thrown on. */
function unlessGone(error: unknown): { entries: []; more: true } {
  if (error instanceof ApiError && error.status < 500) return { entries: [], more: true };
  throw error;
}
