/** The page's keys as a person reads them. Apart from the map, which the page's start has. */

import { type Action, chordsOf, KEYMAP } from "./keymap";

const WORDS: Readonly<Record<string, string>> = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Backquote: "\u0060", Period: ".", Equal: "=", Minus: "-", Meta: "Cmd",
};

/** A chord as a person reads it: "Cmd K, then W". */
export function wordsOf(chord: string, apple: boolean): string {
  const word = (part: string): string => (part === "Alt" && apple ? "Option" : (WORDS[part] ?? (part.length === 1 ? part.toUpperCase() : part)));
  return chord.split(">").map((step) => step.split("+").map(word).join(" ")).join(", then ");
}

/** The keys of an action as a person reads them, "" when it has none here. */
export function keysOf(action: Action, apple: boolean): string {
  const binding = KEYMAP.find((one) => one.action === action);
  const chord = binding && chordsOf(binding, apple)[0];
  return chord === undefined ? "" : wordsOf(chord, apple);
}
