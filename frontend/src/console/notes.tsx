/** What stands below a terminal: keys that were lost, output that is not kept, what a limit ended, and how the console did. */

import { useSignal } from "@preact/signals";
import { moment, timeOfDay } from "../core/ending";
import { endedSentence } from "../core/how_ended";
import { killedSentence } from "../core/killed";
import { unrecordedSentence } from "../core/recording";
import type { ConsoleInfo, Killed } from "../told";
import { wear } from "../wear";
import { giveKeys } from "./active";
import { HistoryLine } from "./history";
import css from "./notes.css" with { type: "text" };
import type { ConsoleTerminal } from "./terminal";

wear(css);

export function Notes({ terminal, info }: { terminal: ConsoleTerminal; info: ConsoleInfo | null }) {
  return (
    <>
      <NotDelivered terminal={terminal} />
      {info && !info.recording && !info.never_record && info.state === "running" && (
        <p class="console-note warn">{unrecordedSentence(info, timeOfDay)}</p>
      )}
      {info?.killed && info.exit?.how !== "limit" && <KilledLine consoleId={info.id} killed={info.killed} />}
      {info && <HistoryLine info={info} engine={terminal.channel?.engine.value ?? ""} />}
      {info?.state === "ended" && <Ended info={info} terminal={terminal} />}
    </>
  );
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
      <p><HowEnded info={info} /></p>
      <button type="button" class={isFolded ? "" : "primary"} onClick={() => terminal.startAgain()}>Start again</button>
      {!isFolded && <button type="button" onClick={fold}>More room for the output</button>}
    </div>
  );
}

export function HowEnded({ info }: { info: ConsoleInfo }) {
  return <>{endedSentence(info, moment)}</>;
}
