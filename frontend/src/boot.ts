/** What the server wrote into the page: who signed in, which workspace, where the API is. */

import type { Action } from "./core/keymap";

export interface Prefs {
  theme?: "system" | "light" | "dark";
  autosave?: boolean;
  /** Whether the key row has keys for the program in the console. */
  programKeys?: boolean;
  /** The names of keys in the order that was chosen, by row. */
  keyOrder?: Readonly<Record<string, readonly string[]>>;
  /** Chords that were chosen in place of the map's, by action, for each kind of keyboard. */
  keys?: { readonly [side in "apple" | "others"]?: { readonly [action in Action]?: readonly string[] } };
}

export interface Boot {
  user: { name: string; owner: boolean };
  workspace: { id: string };
  /** The token that every request with an effect carries; a new sign-in replaces it. */
  csrf: string;
  /** The mount path, with a slash at both ends. */
  base: string;
  prefs: Prefs;
  /** The layout documents as they were stored; those never stored are missing. */
  layouts: Readonly<Record<string, unknown>>;
  version: string;
}

/** Read the page's boot data. Throws when the page carries none: then nothing can work. */
export function readBoot(page: Document): Boot {
  const text = page.getElementById("boot")?.textContent;
  if (!text) throw new Error("This page came without its boot data. Reload it.");
  return JSON.parse(text) as Boot;
}

export const boot: Boot = readBoot(document);
