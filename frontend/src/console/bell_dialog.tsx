/** All bells of one console: which are set, and one more. Loaded when it is first wanted. */

import "../later"; // with it, what all of them share is one chunk
import { useEffect, useRef, useState } from "preact/hooks";
import { openChannels } from "../account/open_channels";
import { MAX_BELL_TEXT_CHARS, secondsOf, wishSubject, wishWords } from "../core/bells";
import { shownTitle } from "../core/naming";
import { link } from "../session";
import { DialogBody, openDialog } from "../shell/overlays";
import type { Bell, ConsoleInfo, When } from "../told";
import { wear } from "../wear";
import css from "./bell_dialog.css" with { type: "text" };
import { bells, type Running, type Wish } from "./bells";
import { consoleById } from "./store";

wear(css);

const KINDS: readonly (readonly [When, string])[] = [
  ["finished", "it finishes"],
  ["finished_after", "it finishes, if it took long"],
  ["failed", "it fails"],
  ["printed", "it prints a text"],
  ["silent", "it prints nothing for some time"],
  ["waiting", "it waits for my answer"],
  ["died", "something other than me ends it"],
];

/** Those that are about one end. */
const ENDS: readonly When[] = ["finished", "finished_after", "failed"];

export function openBells(info: ConsoleInfo): void {
  void openDialog<null>(`Tell me when: ${shownTitle(info)}`, (close) => <Bells info={info} close={() => close(null)} />);
}

function Bells({ info, close }: { info: ConsoleInfo; close: () => void }) {
  const [list, setList] = useState<readonly Bell[] | null>(null);
  const [when, setWhen] = useState<When>("finished");
  const [wrong, setWrong] = useState("");
  const [running, setRunning] = useState<Running | null>(null);
  const [ofAny, setOfAny] = useState(false);
  const say = (error: unknown): void => setWrong(error instanceof Error ? error.message : String(error));
  const asked = useRef(0);
  const load = (): Promise<void> => {
    const mine = (asked.current += 1); // an answer that another overtook is old
    return bells.list(info.id).then((all) => { if (mine === asked.current) setList(all); }, say);
  };
  const now = consoleById(info.id) ?? info;
  useEffect(() => void load(), [now.bells?.map(({ id }) => id).join()]);
  const connected = link.status.value === "connected";
  useEffect(() => {
    if (info.kind === "run" || now.state !== "running") return setRunning(null);
    return connected ? followRunning(info.id, setRunning, say) : undefined; // what was told in a break is lost
  }, [now.state, connected]);
  const card = running && !ofAny && ENDS.includes(when) ? running.id : undefined;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const wish = wishOf(when, new FormData(event.currentTarget as HTMLFormElement));
    if (typeof wish === "string") return setWrong(wish);
    setWrong("");
    bells.set(info.id, card === undefined ? wish : { ...wish, card, once: true }).then(load, say);
  };
  // Of what is never recorded nobody knows how a command ended.
  const kinds = KINDS.filter(([kind]) => kind !== "failed" || info.kind === "run" || info.never_record !== true);
  return (
    <DialogBody title={`Tell me when: ${shownTitle(info)}`}>
      <form class="bells" onSubmit={submit} novalidate>
        <label>
          When
          <select value={when} onChange={({ currentTarget }) => setWhen(currentTarget.value as When)}>
            {kinds.map(([kind, label]) => <option key={kind} value={kind}>{label}</option>)}
          </select>
        </label>
        {running && ENDS.includes(when) && (
          <label>
            Which command
            <select value={ofAny ? "any" : "this"} onChange={({ currentTarget }) => setOfAny(currentTarget.value === "any")}>
              <option value="this">{wishSubject({ card: running.id, command: running.command.split("\n", 1)[0] })}</option>
              <option value="any">any command of this console</option>
            </select>
          </label>
        )}
        {(when === "finished_after" || when === "silent") && (
          <label>Minutes<input name="minutes" type="text" inputMode="decimal" autocomplete="off" defaultValue="5" /></label>
        )}
        {when === "printed" && (
          <label>Text<input name="text" type="text" autocomplete="off" maxLength={MAX_BELL_TEXT_CHARS} /></label>
        )}
        {card === undefined && <label class="choice"><input name="always" type="checkbox" /> Every time, not only once</label>}
        {info.never_record !== true && (
          <label class="choice"><input name="excerpt" type="checkbox" /> Send the last lines of output along</label>
        )}
        <p class="error" role="alert">{wrong}</p>
        <div class="dialog-buttons">
          <button type="submit" class="primary">Set</button>
          <button type="button" onClick={() => { close(); openChannels(); }}>Where I am told…</button>
          <button type="button" onClick={close}>Close</button>
        </div>
      </form>
      {list && list.length > 0 && (
        <ul class="list">
          {list.map((bell) => (
            <li key={bell.id}>
              <p>When {wishSubject(bell)} {wishWords(bell)}</p>
              <button type="button" aria-label={`Remove: when ${wishSubject(bell)} ${wishWords(bell)}`} onClick={() => void bells.remove(bell.id).then(load, say)}>Remove</button>
            </li>
          ))}
        </ul>
      )}
      <p class="dim">Every open page of this workspace tells you, and so does each place under “Where I am told”.</p>
    </DialogBody>
  );
}

/** Tell which command of a console runs, now and from now on. Returns how to stop. */
function followRunning(id: string, tell: (running: Running | null) => void, say: (error: unknown) => void): () => void {
  let told = false; // what the link says is newer than the answer
  bells.running(id).then((running) => told || tell(running), say);
  const stop = link.onEvent((event) => {
    if (event.type !== "card" || event.card.console !== id) return;
    told = true;
    tell(event.card.state === "running" ? event.card : null);
  });
  return () => {
    told = true;
    stop();
  };
}

/** What the form asks for, or a sentence. */
function wishOf(when: When, fields: FormData): Wish | string {
  const how = { once: fields.get("always") === null, excerpt: fields.get("excerpt") !== null };
  if (when === "printed") {
    const text = String(fields.get("text"));
    return text.trim() ? { when, text, ...how } : "Type the text to look for.";
  }
  if (when !== "finished_after" && when !== "silent") return { when, ...how };
  const seconds = secondsOf(String(fields.get("minutes")));
  return seconds === null ? "Minutes are a number, at most a week." : { when, seconds, ...how };
}
