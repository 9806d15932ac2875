/** Where a person is told while no page is open: this device, other devices, e-mail, webhooks. */

import "../later";
import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { copyText } from "../console/clipboard";
import { PUSH_WORDS, type PushState, pushState } from "../core/push_state";
import { DialogBody, openDialog } from "../shell/overlays";
import { prompt } from "../shell/prompt";
import { pushFacts, switchOff, switchOn } from "./push";

interface Channel {
  readonly id: string;
  readonly kind: "push" | "mail" | "webhook";
  readonly name: string;
  readonly to: string;
  /** Of this very device. */
  readonly this: boolean;
  /** Its push service has forgotten it; nothing is sent there. */
  readonly gone: boolean;
  readonly last_ok: number | null;
  readonly last_error: string | null;
  readonly last_error_at: number | null;
}

interface Told {
  readonly channels: readonly Channel[];
  readonly push_key: string;
  /** Whether this server can send mail. */
  readonly mail: boolean;
}

/** What came of something, said beside it: notices lie below an open dialog, and a sheet hides them. */
interface Said {
  /** "this", the id of a channel, or the kind that was to be added. */
  readonly about: string;
  readonly text: string;
  readonly bad: boolean;
}

/** Of a test that was taken. */
const TAKEN = {
  push: "The push service has taken it. If nothing is shown there, look at that device's settings for notifications, and whether it is to be quiet.",
  mail: "The mail server has taken it.",
  webhook: "The webhook has taken it.",
} as const;
const KINDS = { push: "notification", mail: "e-mail", webhook: "webhook" } as const;
const when = (seconds: number): string => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

export function showChannels(): void {
  void openDialog<null>("Where I am told", (close) => <Channels close={() => close(null)} />);
}

function Channels({ close }: { close(): void }) {
  const [told, setTold] = useState<Told | string | null>(null);
  const [state, setState] = useState<PushState | null>(null);
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState<Said | null>(null);
  const load = async (): Promise<void> => {
    try {
      const fresh = await api.get<Told>("channels");
      setState(pushState(await pushFacts(fresh.channels.some((channel) => channel.this && !channel.gone))));
      setTold(fresh);
    } catch (error) {
      setTold(error instanceof Error ? error.message : String(error));
    }
  };
  useEffect(() => void load(), []);
  /** Do it, say what came of it where it says so, and what went wrong, and look again; nothing else waits for it. */
  const act = async (what: string, doing: () => Promise<string | void>): Promise<void> => {
    setBusy(what);
    setSaid(null);
    try {
      const text = await doing();
      if (text) setSaid({ about: what, text, bad: false });
    } catch (error) {
      setSaid({ about: what, text: error instanceof Error ? error.message : String(error), bad: true });
    }
    await load();
    setBusy((now) => (now === what ? "" : now));
  };
  const add = (kind: "mail" | "webhook"): void => void act(kind, () => (kind === "mail" ? addMail() : addWebhook()));
  if (told === null || typeof told === "string") {
    return (
      <DialogBody title="Where I am told">
        {told === null ? <p class="dim">One moment…</p> : <p class="error" role="alert">{told}</p>}
        <Buttons close={close} />
      </DialogBody>
    );
  }
  const mine = told.channels.find((channel) => channel.this);
  return (
    <DialogBody title="Where I am told">
      <h3>This device</h3>
      {state && <ThisDevice state={state} busy={busy === "this"} toggle={() => void act("this", () => toggle(state, told, mine))} />}
      <Words said={said} about="this" />
      <h3>Channels</h3>
      {told.channels.length === 0 && <p>There is none yet.</p>}
      <ul class="list">
        {told.channels.map((channel) => <Row key={channel.id} channel={channel} busy={busy === channel.id} said={said} act={(doing) => void act(channel.id, doing)} />)}
      </ul>
      <Words said={said} about="mail" />
      <Words said={said} about="webhook" />
      {!told.mail && <p class="dim">This server sends no e-mail; its owner can name a mail server.</p>}
      <Buttons close={close}>
        {told.mail && <button type="button" onClick={() => add("mail")}>Add e-mail…</button>}
        <button type="button" onClick={() => add("webhook")}>Add webhook…</button>
      </Buttons>
    </DialogBody>
  );
}

function Buttons({ close, children }: { close(): void; children?: preact.ComponentChildren }) {
  return <div class="dialog-buttons">{children}<button type="button" onClick={close}>Close</button></div>;
}

function Words({ said, about }: { said: Said | null; about: string }) {
  if (said?.about !== about) return null;
  return <p class={said.bad ? "error" : "dim"} role={said.bad ? "alert" : "status"} style="flex:1 0 100%">{said.text}</p>;
}

function ThisDevice({ state, busy, toggle }: { state: PushState; busy: boolean; toggle(): void }) {
  const { said, steps } = PUSH_WORDS[state];
  return (
    <>
      <p>{said}</p>
      {steps.length > 0 && <ol>{steps.map((step) => <li key={step}>{step}</li>)}</ol>}
      {(state === "on" || state === "off") && (
        <p><button type="button" class={state === "off" ? "primary" : ""} disabled={busy} onClick={toggle}>{state === "off" ? "Tell me on this device" : "Stop on this device"}</button></p>
      )}
    </>
  );
}

function Row({ channel, busy, said, act }: { channel: Channel; busy: boolean; said: Said | null; act(doing: () => Promise<string | void>): void }) {
  const { name, to, kind, last_ok, last_error, last_error_at } = channel;
  return (
    <li>
      <p style="flex:1 0 100%">
        {name}{channel.this && " (this one)"}<br />
        <span class="dim">{KINDS[kind]}{kind !== "push" && to !== name && `, ${to}`}{last_ok !== null && `, last told ${when(last_ok)}`}</span>
        {last_error && <><br /><span class="error">{last_error_at !== null && `${when(last_error_at)}: `}{last_error}</span></>}
      </p>
      <button type="button" disabled={busy} aria-label={`Send a test to ${name}`} onClick={() => act(() => test(channel))}>{busy ? "Sending…" : "Send a test"}</button>
      <button type="button" aria-label={`Rename ${name}`} onClick={() => act(() => rename(channel))}>Rename…</button>
      <button type="button" class="danger" aria-label={`Remove ${name}`} onClick={() => act(() => remove(channel))}>Remove</button>
      <Words said={said} about={channel.id} />
    </li>
  );
}

async function toggle(state: PushState, told: Told, mine: Channel | undefined): Promise<void> {
  if (state === "off") return switchOn(told.push_key, mine?.gone ?? false);
  if (mine) await api.delete(`channels/${mine.id}`);
  await switchOff();
}

async function test({ id, kind }: Channel): Promise<string | void> {
  const { state } = await api.post<{ state: string }>(`channels/${id}/test`);
  if (state === "sent") return TAKEN[kind];
  // Else its row says what went wrong.
}

async function rename({ id, name }: Channel): Promise<void> {
  const check = (text: string): string | null => (text.trim() ? null : "Type a name.");
  const fresh = await prompt({ title: "Rename", label: "Name", value: name, button: "Rename", check });
  if (fresh !== null) await api.patch(`channels/${id}`, { name: fresh.trim().slice(0, 100) });
}

async function remove(channel: Channel): Promise<void> {
  await api.delete(`channels/${channel.id}`);
  if (channel.this) await switchOff();
}

/** What was typed and then refused: it stands in the field again. */
const refused = { mail: "", webhook: "" };

/** Add a channel of what was typed. Throws what the server says. */
async function post<T>(kind: "mail" | "webhook", typed: string, rest: object): Promise<T> {
  refused[kind] = typed;
  const made = await api.post<T>("channels", { kind, ...rest });
  refused[kind] = "";
  return made;
}

async function addMail(): Promise<void> {
  const check = (text: string): string | null => (/^\S+@\S+$/.test(text.trim()) ? null : "Type an address like name@example.org.");
  const address = await prompt({ title: "Add e-mail", label: "Address", value: refused.mail, button: "Add", check });
  if (address !== null) await post("mail", address, { address: address.trim() });
}

async function addWebhook(): Promise<void> {
  const check = (text: string): string | null => (/^https?:\/\/\S{1,990}$/.test(text.trim()) ? null : "Type an address that begins with https:// and has no space, at most 1,000 characters.");
  const url = await prompt({ title: "Add webhook", label: "Address", value: refused.webhook || "https://", button: "Add", check });
  if (url === null) return;
  const { secret } = await post<{ secret: string }>("webhook", url, { url: url.trim() });
  await openDialog<null>("Its secret", (close) => (
    <DialogBody title="Its secret">
      <p>Each message is signed with this. It is shown only now; the receiver needs it to know that a message is yours.</p>
      <p><code>{secret}</code></p>
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={() => void copyText(secret)}>Copy</button>
        <button type="button" onClick={() => close(null)}>Done</button>
      </div>
    </DialogBody>
  ));
}
