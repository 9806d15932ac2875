/** Ctrl W takes away a word in a shell, and in most browsers the whole tab: whoever holds Ctrl in a console is asked. */

import { isApple } from "./key_help";

/** Start asking. A browser asks in its own words, and only somebody who has used the page. */
export function startLeaving(): void {
  if (isApple) return; // there it is Cmd W, which no shell knows
  const ask = (event: Event): void => event.preventDefault();
  // Not there for longer than it is needed: a page with one may have to be loaded anew where it could have been kept.
  const letGo = (): void => removeEventListener("beforeunload", ask);
  const press = ({ ctrlKey, target }: KeyboardEvent): void => {
    letGo();
    // Of the W itself no page is told.
    if (ctrlKey && target instanceof Element && target.closest(".console-terminal")) addEventListener("beforeunload", ask);
  };
  for (const name of ["keydown", "keyup"] as const) addEventListener(name, press, true);
  addEventListener("blur", letGo); // and of a key that is let go elsewhere
}
