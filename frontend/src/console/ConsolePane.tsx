/** One console in a pane: the terminal, and below it what the person should know about it. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { mayTakeFocus } from "../shell/focus";
import { late } from "../shell/on_demand";
import type { ConsoleInfo } from "../told";
import { giveKeys, keepFocus } from "./active";
import { giveCaught } from "./catcher";
import type { ConsolePaneProps } from "./index";
import { hadKeys } from "./places";
import { acquire, release } from "./room";
import { consoleById } from "./store";
import type { ConsoleTerminal } from "./terminal";

const SKELETON_AFTER_MS = 300;

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

/** What most consoles have nothing of, and no first prompt. */
const Chips = late((parts) => parts.Chips);
const Notes = late((parts) => parts.Notes);

function State({ terminal, info }: { terminal: ConsoleTerminal; info: ConsoleInfo | null }) {
  const { channel, comingBack, offer, small } = terminal;
  const state = channel?.state.value ?? "attaching";
  const grid = channel?.grid.value ?? null;
  const isNoted = info && (info.state === "ended" || info.killed || !info.recording || info.log_oldest || channel?.engine.value === "log");
  return (
    <>
      {grid === null && state !== "refused" && <Skeleton />}
      {state === "refused" && <Refused terminal={terminal} />}
      <div class="console-says">
        <Finding terminal={terminal} />
        {(comingBack.missed.value || comingBack.above.value || offer.value || small.value || (grid && channel?.owner.value === false)) && (
          <Chips terminal={terminal} info={info} />
        )}
      </div>
      {(isNoted || channel?.input.undelivered.value) && <Notes terminal={terminal} info={info} />}
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

function Finding({ terminal }: { terminal: ConsoleTerminal }) {
  const Bar = terminal.searching.bar.value;
  return Bar && <Bar terminal={terminal} />;
}
