/** A bell that rang: said on the page, and in the title of one that is not in sight. */

import { letterSentence } from "../core/bells";
import { groupOutside } from "../shell/console_group";
import { say } from "../shell/notices";
import type { Letter } from "../told";

const SIGN = "♪ ";

export function showLetter(letter: Letter): void {
  const show = { label: "Show", run: () => groupOutside().open(letter.console) };
  say(letterSentence(letter), letter.ok === false ? "bad" : "wish", show, `bell ${letter.console}`);
  if (!document.hidden || document.title.startsWith(SIGN)) return;
  document.title = SIGN + document.title;
  addEventListener("visibilitychange", () => { document.title = document.title.replace(SIGN, ""); }, { once: true });
}
