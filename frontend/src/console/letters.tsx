/** Bells that rang: said on the page, and in the title of one that is not in sight; what a page missed, in one notice and a list. */

import "../later";
import { moment } from "../core/ending";
import { letterSentence, MOST_LISTED, missedWords } from "../core/letters";
import { groupOutside } from "../shell/console_group";
import { say, sayError } from "../shell/notices";
import { DialogBody, openDialog } from "../shell/overlays";
import type { Letter } from "../told";
import { tellMissed } from "./missed";
import { consoleById } from "./store";

const SIGN = "♪ ";

export function showLetter(letter: Letter): void {
  const show = { label: "Show", run: () => showWhere(letter) };
  say(letterSentence(letter), letter.ok === false ? "bad" : "wish", show, `bell ${letter.console}`);
  if (!document.hidden || document.title.startsWith(SIGN)) return;
  document.title = SIGN + document.title;
  addEventListener("visibilitychange", () => { document.title = document.title.replace(SIGN, ""); }, { once: true });
}

/** A text, and what a command printed, may be far up by now; all else is where the output ends. */
function showWhere({ console: id, when, epoch, offset, card }: Letter): void {
  if ((when !== "printed" && !card) || consoleById(id)?.epoch !== epoch) return groupOutside().open(id);
  import("../output/open").then(({ showLines }) => showLines(id, offset, card)).catch(sayError);
}

/** Throws ApiError, and where the network is gone: then nothing was said. */
export function sayMissed(heard: string | null, newest: number): Promise<void> {
  return tellMissed(heard, newest, (missed) => {
    const [last] = missed;
    const show = (): void => (missed.length === 1 ? showWhere(last) : openMissed(missed));
    const level = missed.some(({ ok }) => ok === false) ? "bad" : "wish";
    say(missedWords(missed.length, letterSentence(last)), level, { label: "Show", run: show }, "missed");
  });
}

function openMissed(missed: readonly Letter[]): void {
  const title = "While you were away";
  void openDialog<null>(title, (close) => (
    <DialogBody title={title}>
      <ul class="list">
        {missed.slice(0, MOST_LISTED).map((letter) => {
          const sentence = letterSentence(letter);
          return (
            <li key={letter.id}>
              <p>{sentence} <span class="dim">{moment(letter.at)}</span></p>
              <button type="button" aria-label={`Show: ${sentence}`} onClick={() => { close(null); showWhere(letter); }}>Show</button>
            </li>
          );
        })}
      </ul>
      {missed.length > MOST_LISTED && <p class="dim">And {missed.length - MOST_LISTED} before.</p>}
      <div class="dialog-buttons"><button type="button" onClick={() => close(null)}>Close</button></div>
    </DialogBody>
  ));
}
