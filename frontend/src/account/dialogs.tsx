/** The dialogs behind the account menu. */

import "../later"; // with it, what all of them share is one chunk
import { useEffect, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { api } from "../api";
import { boot } from "../boot";
import { nameOf } from "../core/refs";
import { openFile } from "../editor/buffers";
import { type KeptDraft, listDrafts, removeDraft } from "../files/content";
import { openKeyChooser, openKeyTester } from "../palette/open_key_tester";
import { say } from "../shell/notices";
import { DialogBody, openDialog } from "../shell/overlays";
import { keyHelp } from "./key_list";

export { openAbout } from "./about";

type Close = (value: null) => void;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const when = (seconds: number): string => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

export function openPassword(): void {
  void openDialog<null>("Change password", (close) => <ChangePassword close={close} />);
}

function ChangePassword({ close }: { close: Close }) {
  const [wrong, setWrong] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const fresh = String(fields.get("new"));
    if (fresh !== fields.get("repeat")) return setWrong("The two new passwords differ.");
    setWrong("");
    api.post("password", { current: String(fields.get("current")), new: fresh }).then(
      () => { close(null); say("The password is changed. Your other devices are signed out."); },
      (error: unknown) => setWrong(messageOf(error)),
    );
  };
  return (
    <DialogBody title="Change password">
      <form onSubmit={submit}>
        <input class="visually-hidden" tabIndex={-1} aria-hidden="true" name="username" autocomplete="username" value={boot.user.name} readOnly />
        <label>Current password<input name="current" type="password" autocomplete="current-password" required autofocus /></label>
        <label>New password<input name="new" type="password" autocomplete="new-password" minLength={8} required /></label>
        <label>New password again<input name="repeat" type="password" autocomplete="new-password" minLength={8} required /></label>
        <p class="error" role="alert">{wrong}</p>
        <Buttons close={close} closing="Cancel"><button type="submit" class="primary">Change password</button></Buttons>
      </form>
    </DialogBody>
  );
}

function Buttons({ close, closing = "Close", children }: { close: Close; closing?: string; children?: ComponentChildren }) {
  return (
    <div class="dialog-buttons">
      {children}
      <button type="button" onClick={() => close(null)}>{closing}</button>
    </div>
  );
}

/** A list that is fetched when its dialog opens: null until then, a sentence when it failed. */
function useList<T>(fetch: () => Promise<readonly T[]>): [readonly T[] | string | null, () => void] {
  const [list, setList] = useState<readonly T[] | string | null>(null);
  const load = (): void => void fetch().then(setList, (error: unknown) => setList(messageOf(error)));
  useEffect(load, []);
  return [list, load];
}

interface Login {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly used: number;
  readonly current: boolean;
}

export function openDevices(): void {
  void openDialog<null>("Signed-in devices", (close) => <Devices close={close} />);
}

function Devices({ close }: { close: Close }) {
  const [list, load] = useList(async () => (await api.get<{ logins: Login[] }>("logins")).logins);
  const end = (login: Login): void => {
    api.delete(`logins/${encodeURIComponent(login.id)}`).then(load, (error: unknown) => say(messageOf(error), "bad"));
  };
  return (
    <DialogBody title="Signed-in devices">
      <Listed list={list} empty="No device is signed in.">
        {(login: Login) => (
          <li key={login.id}>
            <p>{login.device}{login.current && " (this one)"}<br /><span class="dim">{login.address}, last used {when(login.used)}</span></p>
            {!login.current && <button type="button" aria-label={`Sign out ${login.device}`} onClick={() => end(login)}>Sign out</button>}
          </li>
        )}
      </Listed>
      <Buttons close={close} />
    </DialogBody>
  );
}

function Listed<T>({ list, empty, children }: { list: readonly T[] | string | null; empty: string; children: (item: T) => ComponentChildren }) {
  if (list === null) return <p class="dim">One moment…</p>;
  if (typeof list === "string") return <p class="error" role="alert">{list}</p>;
  if (list.length === 0) return <p>{empty}</p>;
  return <ul class="list">{list.map(children)}</ul>;
}

export function openDrafts(): void {
  void openDialog<null>("Drafts", (close) => <Drafts close={close} />);
}

function Drafts({ close }: { close: Close }) {
  const [list, load] = useList(listDrafts);
  const forget = (draft: KeptDraft): void => {
    removeDraft(draft.ref).then(load, (error: unknown) => say(messageOf(error), "bad"));
  };
  return (
    <DialogBody title="Drafts">
      <p class="dim">Text that was typed and not saved, and versions that lost a conflict.</p>
      <Listed list={list} empty="There is no unsaved text.">
        {(draft: KeptDraft) => (
          <li key={draft.ref}>
            <p>{draft.ref.split("/").map(nameOf).join("/")}<br /><span class="dim">{when(draft.updated)}</span></p>
            <button type="button" onClick={() => { close(null); openFile(draft.ref); }}>Open</button>
            <button type="button" class="danger" onClick={() => forget(draft)}>Discard</button>
          </li>
        )}
      </Listed>
      <Buttons close={close} />
    </DialogBody>
  );
}

export function openKeys(): void {
  void openDialog<null>("Keyboard", (close) => (
    <DialogBody title="Keyboard">
      {/* Not the first button: a narrow dialog would be scrolled to it. */}
      <p tabIndex={-1} autofocus class="keys-first">In a console, Ctrl and Alt with a letter belong to the program.</p>
      <dl class="keys">
        {keyHelp().map(({ keys, what }) => <div key={what}><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
      <Buttons close={close}>
        <button type="button" onClick={() => { close(null); openKeyChooser(); }}>Change keys…</button>
        <button type="button" onClick={() => { close(null); openKeyTester(); }}>Key tester…</button>
      </Buttons>
    </DialogBody>
  ));
}
