/** Going to a place of the output: its ends, a command, a time, a byte. */

import { useRef } from "preact/hooks";
import { keysOf } from "../core/key_words";
import { isApple } from "../shell/key_help";
import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import { DialogBody, openDialog } from "../shell/overlays";
import { prompt } from "../shell/prompt";
import { chooseCommand } from "./command_list";
import type { OutputModel } from "./model";

export function goToEntries(model: OutputModel): MenuEntry[] {
  const { scroller } = model;
  return [
    { label: "The beginning", keys: "Home", run: () => void scroller.to(0) },
    { label: "The end", keys: "End", run: () => void scroller.toEnd() },
    "line",
    { label: "A command…", run: () => void chooseCommand(model.consoleId).then((card) => card && model.choose(card)) },
    { label: "The command before", keys: keysOf("previous-command", isApple), run: () => void model.step(true) },
    { label: "The next command", keys: keysOf("next-command", isApple), run: () => void model.step(false) },
    "line",
    { label: "A time…", run: () => void toTime(model).catch(sayError) },
    { label: "A byte…", run: () => void toByte(model) },
  ];
}

async function toByte({ scroller }: OutputModel): Promise<void> {
  const { first, end } = scroller.log.peek();
  const text = await prompt({
    title: "Go to a byte",
    label: `Byte, ${first.toLocaleString("en")} to ${end.toLocaleString("en")}`,
    value: String(scroller.sight.peek()?.first ?? first),
    button: "Go",
    check: (typed) => (/^[\d,. ]{1,20}$/.test(typed.trim()) ? null : "A byte is a whole number."),
  });
  if (text !== null) await scroller.to(Number(text.replace(/\D/g, "")), true);
}

async function toTime({ source, scroller }: OutputModel): Promise<void> {
  const { times } = await source.map();
  const [oldest, newest] = [times[0]?.[1], times.at(-1)?.[1]];
  const chosen = await openDialog<number>("Go to a time", (close) => <TimeBody oldest={oldest} newest={newest} now={scroller.sight.peek()?.at ?? newest} close={close} />);
  if (chosen === null) return;
  const { at } = await source.map(chosen);
  if (at !== undefined) await scroller.to(at, true);
}

interface TimeProps {
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
  readonly now: number | undefined;
  readonly close: (seconds: number | null) => void;
}

function TimeBody({ oldest, newest, now, close }: TimeProps) {
  const field = useRef<HTMLInputElement>(null);
  if (oldest === undefined || newest === undefined) {
    return (
      <DialogBody title="Go to a time">
        <p>It is not known when this output was printed: nothing of it is recorded.</p>
        <div class="dialog-buttons"><button type="button" onClick={() => close(null)}>Close</button></div>
      </DialogBody>
    );
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const seconds = field.current ? new Date(field.current.value).getTime() / 1000 : Number.NaN;
    close(Number.isFinite(seconds) ? seconds : null);
  };
  return (
    <DialogBody title="Go to a time">
      <form onSubmit={submit}>
        <label>
          Printed from {said(oldest)} to {said(newest)}
          <input ref={field} class="go-to-time" type="datetime-local" step="1" required min={local(oldest)} max={local(newest + 60)} defaultValue={local(now ?? newest)} />
        </label>
        <div class="dialog-buttons">
          <button type="submit" class="primary">Go</button>
          <button type="button" onClick={() => close(null)}>Cancel</button>
        </div>
      </form>
    </DialogBody>
  );
}

function said(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** As such a field has it: the time where the person is. */
function local(seconds: number): string {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
