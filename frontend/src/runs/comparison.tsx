/** A run beside the one before of the same command: time, memory, and what differs in the output. */

import { useEffect, useRef, useState } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { commandOf } from "../core/card_words";
import { moment } from "../core/ending";
import { shownFolder } from "../core/naming";
import { type Compared, compared } from "../core/run_compare";
import { DialogBody, openDialog } from "../shell/overlays";
import type { Card } from "../told";
import { type CardOutput, outputOf } from "./card_output";

/** Of each output so much is compared: beyond it nobody reads a difference. */
const MAX_COMPARED_BYTES = 256 * 1024;

/** Find the run before and open the comparison. Answers with why there is none, else "". Throws ApiError. */
export async function showComparison(asked: Card): Promise<string> {
  const { card, previous } = await api.get<{ card: Card; previous: Card | null }>(inWorkspace(`cards/${asked.id}/previous`));
  if (!previous) return card.command === "" ? NOT_NOTED : `No earlier run of this command in ${shownFolder(card.cwd)} is known.`;
  void openDialog<null>("Compared with the last run", (close) => <Comparison card={card} previous={previous} close={() => close(null)} />, { wide: true });
  return "";
}

const NOT_NOTED = "It was not noted what was typed, so nothing can be compared with it.";

function Comparison({ card, previous, close }: { card: Card; previous: Card; close: () => void }) {
  return (
    <DialogBody title="Compared with the last run">
      <p class="run-compared"><code>{commandOf(card)}</code></p>
      <Figures rows={compared(card, previous)} now={moment(card.started)} before={moment(previous.started)} />
      <h3>Output</h3>
      <Outputs card={card} previous={previous} />
      <div class="dialog-buttons"><button type="button" onClick={close}>Close</button></div>
    </DialogBody>
  );
}

function Figures({ rows, now, before }: { rows: readonly Compared[]; now: string; before: string }) {
  return (
    <table class="run-figures">
      <caption class="visually-hidden">What each took</caption>
      <thead>
        <tr><td /><th scope="col">This run<br /><span class="dim">{now}</span></th><th scope="col">Last run<br /><span class="dim">{before}</span></th><th scope="col">Difference</th></tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.word}><th scope="row">{row.word}</th><td>{row.now}</td><td>{row.before}</td><td>{row.difference || "–"}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

type Both = readonly [now: CardOutput, before: CardOutput];

function Outputs({ card, previous }: { card: Card; previous: Card }) {
  const [both, setBoth] = useState<Both | string | null>(null);
  const here = useRef(true);
  const load = (): void => {
    setBoth(null);
    const two = [outputOf(card, MAX_COMPARED_BYTES), outputOf(previous, MAX_COMPARED_BYTES)] as const;
    Promise.all(two).then((found) => here.current && setBoth(found), (error: Error) => here.current && setBoth(error.message));
  };
  useEffect(() => {
    load();
    return () => { here.current = false; };
  }, []);
  if (both === null) return <p class="dim">One moment…</p>;
  if (typeof both === "string") {
    return <p class="error" role="alert">{both} <button type="button" onClick={load}>Try again</button></p>;
  }
  const [now, before] = both;
  const left = [...now.left.map((sentence) => `This run: ${sentence}`), ...before.left.map((sentence) => `Last run: ${sentence}`)].join(" ");
  return (
    <>
      <p>{sentenceOf(now, before)}{left && `\n${left}`}</p>
      {now.text !== before.text && <Differences now={now.text} before={before.text} />}
    </>
  );
}

function sentenceOf(now: CardOutput, before: CardOutput): string {
  if (now.text === before.text) return now.text === "" ? "Neither printed anything." : `The same${now.lines > 1 ? `, ${now.lines} lines` : ""}.`;
  return "Green with +: in this run alone. Red with −: in the last run alone.";
}

function Differences({ now, before }: { now: string; before: string }) {
  const home = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let stop: (() => void) | null = null;
    let gone = false;
    import("../editor/compare").then(({ differences }) => {
      if (!gone && home.current) stop = differences(home.current, now, before);
    }, (error: Error) => setTrouble(error.message));
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
  return trouble ? <p class="error" role="alert">{trouble}</p> : <div ref={home} class="run-differences" />;
}
