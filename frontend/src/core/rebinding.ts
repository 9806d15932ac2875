/** Other keys for the page's actions: which chords a person may choose, and why others will not do. */

import { wordsOf } from "./key_words";
import { type Action, type Binding, chordsOf, KEYMAP } from "./keymap";

/** What browsers and systems keep for themselves, or may keep. */
const KEPT = /^((Meta|Ctrl)\+(Shift\+)?[wtnqhlr]|Meta\+([1-9]|Tab|Space|m)|Ctrl\+(Shift\+)?(Tab|Space)|Meta\+Shift\+Bracket(Left|Right)|Ctrl\+Page(Up|Down)|F(5|11|12))$/;
/** What a text does with it. */
const OF_TEXTS = /^(Meta|Ctrl)\+([acfvxyz]|Shift\+z|Slash)$/;
const FUNCTION_KEY = /^(Shift\+)?F\d+$/;

/** Why an action cannot have this chord; null when it can. A second key may be any. */
export function troubleOf(chord: string, action: Action, apple: boolean): string | null {
  const [first = ""] = chord.split(">");
  const said = wordsOf(first, apple);
  if (/Alt\+(?!Arrow)/.test(first)) return `${apple ? "Option" : "Alt"} with a key types characters on many keyboards.`;
  if (!FUNCTION_KEY.test(first) && !/Ctrl\+|Meta\+/.test(first)) return `${said} alone is typed into texts: take it with ${apple ? "Cmd or Ctrl" : "Ctrl"}.`;
  if (KEPT.test(first)) return `${said} is kept by browsers or the system.`;
  if (OF_TEXTS.test(first)) return `${said} has a meaning in texts.`;
  const other = KEYMAP.find((one) => one.action !== action && meet(chordsFor(action, chord), chordsOf(one, apple)));
  return other ? `${wordsOf(chord, apple)} is taken: ${other.action.replaceAll("-", " ")}.` : null;
}

/** The chords of an action whose first keys are chosen: a digit goes on where it has one. */
export function chordsFor(action: Action, chord: string): readonly string[] {
  return action === "tab-n" ? Array.from("123456789", (digit) => `${chord}>${digit}`) : [chord];
}

/** Whether one would be the other, or begin it. */
function meet(some: readonly string[], others: readonly string[]): boolean {
  return some.some((a) => others.some((b) => a === b || a.startsWith(`${b}>`) || b.startsWith(`${a}>`)));
}

/** Whether a chord begins longer ones, so that a second key may follow. */
export function begins(chord: string, apple: boolean): boolean {
  return KEYMAP.some((one: Binding) => chordsOf(one, apple).some((bound) => bound.startsWith(`${chord}>`)));
}
