/**
 * The one socket of this tab to its workspace. It carries every console by channel and the events
 * of the workspace, and comes back by itself: at once when the tab, the page or the network wakes,
 * else after growing pauses. Channels resume themselves (channel.ts); link_socket.ts is one socket.
 */

import type { Signal } from "@preact/signals";
import { Channel, type Wire } from "./channel";
import { Backoff } from "./core/backoff";
import { Outbox } from "./core/outbox";
import { LinkSocket, SILENCE_MS } from "./link_socket";
import { type Diagnosis, type LinkStatus, Outage } from "./outage";
import type { ChannelScreen } from "./playback";
import type { ConsoleInfo, LinkEvent, Theme, Welcome } from "./told";
import * as wire from "./wire";

export interface LinkOptions {
  /** ws(s) address of the link, with its workspace. */
  readonly url: string;
  /** Why upgrades are refused while the network works; null when the server does not answer at all. */
  readonly diagnose: () => Promise<Diagnosis | null>;
  /** Resolves when the person is signed in (again). */
  readonly signIn: () => Promise<void>;
  readonly openSocket?: (url: string) => WebSocket;
}

const REFUSED_UPGRADES = 3;
const CONNECT_LIMIT_MS = 15_000;
const TICK_MS = 5_000;
/** The close code of a server that goes, and may come back. */
const GOES = 1012;
/** A tick that comes this late means that the device slept. */
const SLEPT_MS = 10_000;

export class Link implements Wire {
  readonly #outage = new Outage();
  readonly status: Signal<LinkStatus> = this.#outage.status;
  /** What the person should know when the status is not "connected". */
  readonly reason: Signal<string> = this.#outage.reason;
  /** Names this page load: the keeper counts input by it. */
  readonly device = randomId();

  #socket: LinkSocket | null = null;
  /** Whether the server has spoken on this socket. */
  #heard = false;
  /** Whether the socket before was well for a while. */
  #wasSteady = false;
  #tickedAt = 0;
  /** When it was last noticed that the device slept, since this socket was opened; else 0. */
  #sleptAt = 0;
  #refused = 0;
  #signingIn = false;
  #backoff = new Backoff();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #channels = new Map<number, Channel>();
  #outboxes = new Map<string, Outbox>();
  #nextChannel = 1;
  #theme: Theme | null = null;
  #listeners = new Set<(event: LinkEvent) => void>();
  #metaListeners = new Set<(info: ConsoleInfo) => void>();

  constructor(private readonly options: LinkOptions) {}

  start(): void {
    if (this.#ticker !== undefined) return;
    this.#tickedAt = Date.now();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#lost();
    this.#connect();
  }

  /** Leave for good (tests; a page just goes). */
  stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    clearTimeout(this.#retry);
    this.#abandon();
    this.#outage.stop();
  }

  onEvent(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called with a console that changed: META, and the one in each WELCOME. */
  onMeta(listener: (info: ConsoleInfo) => void): () => void {
    this.#metaListeners.add(listener);
    return () => this.#metaListeners.delete(listener);
  }

  /** Attach to a console; it stays attached through every reconnect until `detach`. */
  attach(consoleId: string, screen: ChannelScreen): Channel {
    const outbox = this.#outboxes.get(consoleId) ?? new Outbox(() => Date.now());
    this.#outboxes.set(consoleId, outbox);
    const channel = new Channel(this.#freeNumber(), consoleId, this, screen, outbox);
    this.#channels.set(channel.number, channel);
    if (this.#socket?.isOpen) channel.up();
    else channel.down();
    return channel;
  }

  detach(channel: Channel): void {
    channel.close();
    this.#channels.delete(channel.number);
  }

  /** What the keeper answers when a program asks for colours. */
  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.send(wire.encodeJson(wire.Kind.THEME, 0, theme));
  }

  send(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#socket?.isOpen) return false;
    this.#socket.send(frame);
    return true;
  }

  /** The tab, the page or the network woke up: be connected now, not after the next pause. */
  wake(): void {
    this.#lookForSleep();
    if (this.#ticker === undefined || this.#signingIn) return;
    this.#backoff.reset();
    const socket = this.#socket;
    if (socket?.isConnecting) {
      if (Date.now() - socket.openedAt > SILENCE_MS) this.#connect();
      return;
    }
    if (!socket?.isOpen) return this.#connect();
    // A socket that slept is dead more often than not, and to find that out takes longer than to open another.
    // A page in the background only seems to sleep: its timers are slowed down.
    if (socket.heardAt <= this.#sleptAt && !globalThis.document?.hidden) return this.#connect();
    socket.probe(() => this.#connect()); // it may say that it is open, and be dead
  }

  /** Drop this socket, whatever it says about itself, and open another after a pause. */
  replaceSocket(): void {
    this.#abandon();
    this.#again();
  }

  #freeNumber(): number {
    for (;;) {
      const number = this.#nextChannel;
      this.#nextChannel = number >= wire.Limit.MAX_CHANNEL ? 1 : number + 1;
      if (!this.#channels.has(number)) return number;
    }
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#abandon();
    const open = this.options.openSocket ?? ((url: string) => new WebSocket(url, wire.SUBPROTOCOL));
    this.#heard = false;
    this.#sleptAt = 0;
    this.#socket = new LinkSocket(open(this.options.url), {
      opened: () => this.#opened(),
      heard: (data) => this.#message(data),
      closed: (event) => void this.#closed(event),
    });
  }

  #opened(): void {
    this.#refused = 0;
    if (this.#theme) this.send(wire.encodeJson(wire.Kind.THEME, 0, this.#theme));
    this.#socket?.ping(); // the keeper tells the consoles after the first frame it hears
    for (const channel of this.#channels.values()) channel.up();
  }

  #message(data: unknown): void {
    if (!this.#heard) this.#outage.over();
    this.#heard = true;
    try {
      if (!(data instanceof ArrayBuffer)) throw new wire.BadFrameError("not a binary message");
      this.#dispatch(wire.decode(data));
    } catch (error) {
      if (!(error instanceof wire.BadFrameError)) throw error;
      console.error(`The link was replaced: ${error.message}`);
      this.replaceSocket();
    }
  }

  #dispatch({ kind, channel, payload }: wire.Frame): void {
    if (kind === wire.Kind.EVENT) {
      const event = wire.decodeJson<LinkEvent>(payload);
      for (const listener of this.#listeners) listener(event);
      return;
    }
    if (kind === wire.Kind.META) return this.#meta(wire.decodeJson<ConsoleInfo>(payload));
    if (channel === 0) {
      if (kind === wire.Kind.ERROR) this.#outage.because({ reason: wire.decodeError(payload).text });
      return;
    }
    if (kind === wire.Kind.WELCOME) this.#meta(wire.decodeJson<Welcome>(payload).info);
    this.#channels.get(channel)?.receive(kind, payload);
  }

  #meta(info: ConsoleInfo): void {
    for (const listener of this.#metaListeners) listener(info);
  }

  async #closed({ code, reason }: CloseEvent): Promise<void> {
    const opened = (this.#socket?.heardAt ?? 0) > 0;
    this.#abandon();
    if (code === 4401) return this.#signIn();
    if (code === GOES) this.#outage.goodbye();
    // The web restarts, or the keeper was killed: another one is there already.
    if ((code === GOES || code === 1006) && this.#wasSteady) return this.#connect();
    if (reason && code !== GOES) this.#outage.because({ reason });
    if (!opened) {
      this.#refused += 1;
      if (this.#refused >= REFUSED_UPGRADES) void this.#diagnose();
    }
    this.#again();
  }

  async #signIn(): Promise<void> {
    this.#signingIn = true;
    try {
      await this.options.signIn();
    } catch {
      // Offline or dismissed: the next attempt asks again.
    } finally {
      this.#signingIn = false;
    }
    this.#again();
  }

  async #diagnose(): Promise<void> {
    const diagnosis = await this.options.diagnose();
    if (this.#socket?.isOpen) return;
    this.#outage.because(diagnosis);
    if (diagnosis) this.#outage.look();
  }

  /** Try again after a pause. A hidden tab waits until it is seen. */
  #again(): void {
    if (this.#ticker === undefined || this.#retry !== undefined) return;
    if (globalThis.document?.hidden) return;
    // A server that takes every link and drops it must not be asked at full speed for ever.
    if (this.#wasSteady) this.#backoff.reset();
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  #abandon(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    this.#wasSteady = socket.wasSteady;
    socket.abandon();
    this.#lost();
  }

  #lost(): void {
    for (const channel of this.#channels.values()) channel.down();
    this.#outage.began();
  }

  /** Whether timers stood still since this was last asked. */
  #lookForSleep(): boolean {
    const now = Date.now();
    const slept = now - this.#tickedAt > SLEPT_MS;
    this.#tickedAt = now;
    if (slept) this.#sleptAt = now;
    return slept;
  }

  #tick(): void {
    const now = Date.now();
    if (this.#lookForSleep()) return this.wake();
    this.#outage.look();
    const socket = this.#socket;
    if (!socket) return;
    if (!socket.isOpen) {
      if (now - socket.openedAt > CONNECT_LIMIT_MS) this.#connect();
      return;
    }
    if (now - socket.heardAt > wire.Limit.DEAD_AFTER_SECONDS * 1000) return this.#connect();
    if (now - socket.pingedAt >= wire.Limit.PING_SECONDS * 1000) socket.ping();
  }
}

/** 16 hex digits. (crypto.randomUUID is missing on plain http.) */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
