/** Which event means which of the page's own actions. */

import { type Action, chordOf, chosen, type Found, isPrograms, meaningOf } from "../core/keymap";
import { prefs } from "./prefs";

export const isApple = /Mac|iPad|iPhone/.test(navigator.platform);

Object.assign(chosen, prefs.peek().keys[isApple ? "apple" : "others"]);

/** In a tab these keys are the browser's zoom, which is more than letters; an app on the home screen has none. */
const isApp = matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;

/** Whether its keys do what the map says, or are a person's own choice. */
export function isOurs(action: Action): boolean {
  return isApp || !action.endsWith("letters") || action in chosen;
}

export interface Where {
  /** The focus is in a console: Ctrl with one key is the program's. */
  readonly inConsole: boolean;
  /** A program there has the whole screen: F1 is its help. */
  readonly fullScreen: boolean;
}

/** The meaning of a key event after the chord `before`; null when the key belongs to somebody else. AltGraph and composing are
 * never ours. */
export function actionOf(event: KeyboardEvent, before: string, { inConsole, fullScreen }: Where): Found | "more" | null {
  if (event.isComposing || event.getModifierState("AltGraph")) return null;
  const chord = chordOf(event);
  if (!before && inConsole && (isPrograms(chord) || (fullScreen && chord === "F1"))) return null;
  const found = meaningOf(chord, before, isApple);
  if (found && found !== "more" && !isOurs(found.action)) return null;
  const isCommand = found && found !== "more" && found.action.endsWith("command"); // elsewhere these keys move in a text
  return isCommand && (!inConsole || fullScreen) ? null : found;
}
