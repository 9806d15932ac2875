/** The keys of each row, in the order that their person chose. */

import { inOrder, withSet } from "../core/key_order";
import { PROGRAMS, type Program, type Shown } from "../core/programs";
import { prefs, setPref } from "../shell/prefs";
import { MAIN, MAIN_ON_A_PHONE, SECOND, SECOND_ON_A_PHONE } from "./console_keys";
import { EDITOR, EDITOR_ON_A_PHONE } from "./editor_keys";
import type { Key } from "./key";
import { PROGRAM_KEYS } from "./program_keys";

/** What has keys. */
export type Place = "console" | "editor" | Program;
export const PLACES: readonly Place[] = ["console", "editor", ...PROGRAMS];

/** Keys as they stand by themselves, and how many of them before ⋯ is pressed. */
interface Row {
  /** Under what the order is kept. */
  readonly name: string;
  readonly keys: readonly Key[];
  readonly first: number;
}

/** `narrow` screens have rows of their own, but no programs of their own. */
export function rowOf(place: Place, narrow: boolean): Row {
  const name = (place === "console" || place === "editor") && narrow ? `${place} narrow` : place;
  if (place === "console") {
    const [main, second] = narrow ? [MAIN_ON_A_PHONE, SECOND_ON_A_PHONE] : [MAIN, SECOND];
    return { name, keys: [...main, ...second], first: main.length };
  }
  const keys = place === "editor" ? (narrow ? EDITOR_ON_A_PHONE : EDITOR) : PROGRAM_KEYS[place];
  return { name, keys, first: keys.length };
}

/** In the order that was chosen. */
export function orderedKeys({ name, keys }: Row): readonly Key[] {
  return inOrder(keys, prefs.value.keyOrder[name]);
}

/** Keep an order of names; null for that in which the keys stand by themselves. */
export function setOrder({ name }: Row, names: readonly string[] | null): void {
  setPref("keyOrder", ({ [name]: _, ...others }) => (names ? { ...others, [name]: names } : others));
}

/** The row of a console, without or with ⋯. `choice` is the key that says whose keys are shown, and leads them. What is known
 * of a program stands where the finger expects nothing else: behind the arrows, on a narrow screen behind ⋯. What is merely
 * likely stands behind the keys of the console. */
export function consoleRow(narrow: boolean, second: boolean, program: Shown | null, choice: Key): readonly Key[] {
  const row = rowOf("console", narrow);
  const all = orderedKeys(row);
  const shown = second ? all.slice(row.first) : all.slice(0, row.first);
  const known = program !== null && program !== "screen";
  if ((narrow || program === null) !== second) return shown;
  const own = known ? orderedKeys(rowOf(program, narrow)) : program === null ? [] : PROGRAM_KEYS[program];
  return withSet(shown, [choice, ...own], (others) => {
    if (narrow) return known ? 2 : 8;
    if (second) return 1;
    return known ? others.findLastIndex(({ steer }) => steer) + 1 || others.length : others.length;
  });
}
