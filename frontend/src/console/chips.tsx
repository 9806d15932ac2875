/** What lies over a terminal, to be tapped: what came while its person was away, what a program offers, whose size it has. */

import { signal } from "@preact/signals";
import { aboveSentence, awaySentence } from "../core/away";
import { previewOf } from "../core/clipboard_offer";
import { download } from "../shell/download";
import type { ConsoleInfo } from "../told";
import { wear } from "../wear";
import css from "./chips.css" with { type: "text" };
import { copyText } from "./clipboard";
import { ownerName } from "./owner";
import { thisPage } from "./room";
import { logUrl } from "./store";
import type { ConsoleTerminal } from "./terminal";

wear(css);

const nothing = signal(null);

export function Chips({ terminal, info }: { terminal: ConsoleTerminal; info: ConsoleInfo | null }) {
  return (
    <>
      {info && <CameBack terminal={terminal} info={info} />}
      <Offered terminal={terminal} />
      {info?.state === "running" && <SizedElsewhere terminal={terminal} info={info} />}
      {info?.state === "ended" && <Small terminal={terminal} />}
    </>
  );
}

/** No dialog: a tap leads to the line, the next key takes both away. */
function CameBack({ terminal: { comingBack }, info }: { terminal: ConsoleTerminal; info: ConsoleInfo }) {
  const missed = comingBack.missed.value;
  const above = comingBack.above.value;
  if (above) {
    return (
      <button type="button" class="console-chip console-away" onClick={() => { comingBack.clear(); download(logUrl(info.id)); }}>
        {aboveSentence(above.lines, above.more)}
      </button>
    );
  }
  if (!missed) return null;
  return (
    <button type="button" class="console-chip console-away" onClick={() => comingBack.go()}>
      {awaySentence(missed, info, comingBack.counted.value)}
    </button>
  );
}

/** What a program wants on the clipboard. The clipboard is the person's: it takes a tap. */
function Offered({ terminal: { offer } }: { terminal: ConsoleTerminal }) {
  const offered = offer.value;
  if (!offered) return null;
  const done = (): void => { offer.value = null; };
  const text = "text" in offered ? offered.text : null;
  return (
    <div class="console-offer" role="status">
      <p>{text === null ? "refused" in offered && offered.refused : `The program offers ${previewOf(text)}`}</p>
      {text !== null && <button type="button" onClick={() => { done(); void copyText(text); }}>Copy</button>}
      <button type="button" onClick={done}>Dismiss</button>
    </div>
  );
}

function SizedElsewhere({ terminal, info }: { terminal: ConsoleTerminal; info: ConsoleInfo }) {
  const { owner, grid } = terminal.channel ?? { owner: null, grid: nothing };
  if (!grid.value || owner?.value !== false) return null;
  return (
    <button type="button" class="console-chip" onClick={() => terminal.claim()}>
      <span class="console-chip-why">{grid.value.cols}×{grid.value.rows}, sized for {ownerName(info, thisPage())}. </span>Fit here
    </button>
  );
}

/** What ended on a larger pane: nobody owns that size any more. */
function Small({ terminal }: { terminal: ConsoleTerminal }) {
  const grid = terminal.small.value;
  return grid && <button type="button" class="console-chip" onClick={() => terminal.fitHere()}><span class="console-chip-why">{grid.cols}×{grid.rows}, made small. </span>Fit here</button>;
}
