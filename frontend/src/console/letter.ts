/** A bell that rang: said on the page, and in the title of one that is not in sight. */

import { letterSentence } from "../core/bells";
import { groupOutside } from "../shell/console_group";
import { say, sayError } from "../shell/notices";
import type { Letter } from "../told";
import { consoleById } from "./store";

const SIGN = "♪ ";

export function showLetter(letter: Letter): void {
  const show = { label: "Show", run: () => showWhere(letter) };
  say(letterSentence(letter), letter.ok === false ? "bad" : "wish", show, `bell ${letter.console}`);
  if (!document.hidden || document.title.startsWith(SIGN)) return;
  document.title = SIGN + document.title;
  addEventListener("visibilitychange", () => { document.title = document.title.replace(SIGN, ""); }, { once: true });
}

/** A text, and the end of a command, may be far up by now; all else is where the output ends. */
function showWhere({ console: id, when, epoch, offset, card }: Letter): void {
  if ((when !== "printed" && !card) || consoleById(id)?.epoch !== epoch) return groupOutside().open(id);
  import("../output/open").then(({ showLines }) => showLines(id, offset)).catch(sayError);
}
