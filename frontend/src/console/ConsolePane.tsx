/** One console in a pane: the terminal, and below it what the person should know about it. */

import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { aboveSentence, awaySentence } from "../core/away";
import { previewOf } from "../core/clipboard_offer";
import { endedSentence, killedSentence, moment, timeOfDay } from "../core/ending";
import { unrecordedSentence } from "../core/recording";
import { download } from "../shell/download";
import { mayTakeFocus } from "../shell/focus";
import type { ConsoleInfo, Killed } from "../told";
import { giveKeys, keepFocus } from "./active";
import { ownerName } from "./attached";
import { giveCaught } from "./catcher";
import { copyText } from "./clipboard";
import { HistoryLine } from "./history";
import type { ConsolePaneProps } from "./index";
import { hadKeys } from "./places";
import { acquire, release, thisPage } from "./room";
import { consoleById, logUrl } from "./store";
import type { ConsoleTerminal } from "./terminal";

const SKELETON_AFTER_MS = 300;
const nothing = signal(null);

export function ConsolePane({ consoleId, visible, focused }: ConsolePaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const terminal = useSignal<ConsoleTerminal | null>(null);
  const info = consoleById(consoleId);

  useLayoutEffect(() => {
    const held = acquire(consoleId);
    if (host.current) held.start(host.current);
    giveCaught(consoleId, held);
    terminal.value = held;
    return () => {
      if (held.root.parentElement === host.current) held.stop();
      terminal.value = null;
      release(consoleId);
    };
  }, [consoleId]);
  useLayoutEffect(() => terminal.value?.setVisible(visible), [terminal.value, visible]);
  useLayoutEffect(() => terminal.value?.setEnded(info?.state === "ended"), [terminal.value, info?.state]);
  // Not after the next paint: a key pressed by then may have moved the focus on.
  useLayoutEffect(() => {
    if (!visible || !focused || !terminal.value) return;
    if (mayTakeFocus(host.current)) terminal.value.focus();
    else if (hadKeys(consoleId)) giveKeys(() => terminal.value);
  }, [terminal.value, visible, focused]);

  return (
    <section class="console-pane" role="region" aria-label={`Console ${info?.title ?? ""}`.trim()} data-console-id={consoleId} onMouseDown={keepKeys}>
      <div class="console-host" ref={host} />
      {terminal.value && <State terminal={terminal.value} info={info} />}
    </section>
  );
}

/** A press on what is said beside the terminal leaves the keys with it. */
function keepKeys(event: MouseEvent): void {
  if ((event.target as Element).closest("button, .console-offer")) keepFocus(event);
}

function State({ terminal, info }: { terminal: ConsoleTerminal; info: ConsoleInfo | null }) {
  const { channel } = terminal;
  const state = channel?.state.value ?? "attaching";
  return (
    <>
      {channel?.grid.value === null && state !== "refused" && <Skeleton />}
      {state === "refused" && <Refused terminal={terminal} />}
      <div class="console-says">
        <Finding terminal={terminal} />
        {info && <CameBack terminal={terminal} info={info} />}
        <Offered terminal={terminal} />
        {info?.state === "running" && <SizedElsewhere terminal={terminal} info={info} />}
        {info?.state === "ended" && <Small terminal={terminal} />}
      </div>
      <NotDelivered terminal={terminal} />
      {info && !info.recording && !info.never_record && info.state === "running" && (
        <p class="console-note warn">{unrecordedSentence(info, timeOfDay)}</p>
      )}
      {info?.killed && info.exit?.how !== "limit" && <KilledLine consoleId={info.id} killed={info.killed} />}
      {info && <HistoryLine info={info} engine={channel?.engine.value ?? ""} />}
      {info?.state === "ended" && <Ended info={info} terminal={terminal} />}
      {terminal.over.value?.()}
    </>
  );
}

function Skeleton() {
  const late = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => { late.value = true; }, SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late.value) return null;
  return (
    <div class="console-skeleton" role="status" aria-label="The console is loading">
      <span /><span /><span />
    </div>
  );
}

function Refused({ terminal: { channel } }: { terminal: ConsoleTerminal }) {
  return (
    <p class="console-note bad" role="alert">
      {channel?.refusal.value}
      <button type="button" onClick={() => channel?.retry()}>Try again</button>
    </p>
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

function Finding({ terminal }: { terminal: ConsoleTerminal }) {
  const Bar = terminal.searching.bar.value;
  return Bar && <Bar term={terminal.term} download={() => download(logUrl(terminal.consoleId))} close={() => terminal.searching.close()} />;
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

function NotDelivered({ terminal }: { terminal: ConsoleTerminal }) {
  const undelivered = terminal.channel?.input.undelivered;
  const lost = undelivered?.value;
  if (!undelivered || !lost) return null;
  const keys = `${lost.bytes} ${lost.bytes === 1 ? "byte" : "bytes"}`;
  return (
    <p class="console-note warn" role="alert">
      {lost.certainty === "perhaps"
        ? `What you typed last (${keys}, ${timeOfDay(lost.at / 1000)}) was perhaps not delivered. Look at the screen before you type it again.`
        : `Not sent (${keys}, ${timeOfDay(lost.at / 1000)}): this console is not connected. The program goes on.`}
      <button type="button" onClick={() => { undelivered.value = null; }}>Understood</button>
    </p>
  );
}

/** A program that a limit ended, said until somebody has read it: its shell goes on. */
function KilledLine({ consoleId, killed }: { consoleId: string; killed: Killed }) {
  const key = `killed-${consoleId}`;
  const read = useSignal(sessionStorage.getItem(key));
  const at = String(killed.at);
  if (read.value === at) return null;
  const dismiss = (): void => sessionStorage.setItem(key, read.value = at);
  return (
    <p class="console-note console-killed" role="status">
      <span><span aria-hidden="true">! </span>{killedSentence(killed, moment)}</span>
      <button type="button" onClick={dismiss}>Understood</button>
    </p>
  );
}

function Ended({ info, terminal }: { info: ConsoleInfo; terminal: ConsoleTerminal }) {
  const folded = useSignal<number | null>(null);
  const fold = (): void => {
    folded.value = info.ended;
    terminal.term.scrollToBottom();
    giveKeys(() => terminal);
  };
  const isFolded = folded.value === info.ended;
  return (
    <div class={`console-ended ${isFolded ? "folded" : ""}`} role="status">
      <p>{endedSentence(info, moment)}</p>
      <button type="button" class={isFolded ? "" : "primary"} onClick={() => terminal.startAgain()}>Start again</button>
      {!isFolded && <button type="button" onClick={fold}>More room for the output</button>}
    </div>
  );
}
