/**
 * One console on the link: attach and follow the output exactly. What is typed goes by input.ts.
 *
 * Frames act in the order of the stream (playback.ts). A gap or overlap attaches anew; nothing is painted
 * on. Knows no DOM: what it drives is a ChannelScreen.
 */

import { signal, type Signal } from "@preact/signals";
import type { Outbox } from "./core/outbox";
import { cutAt, StreamPosition } from "./core/stream";
import { IncomingSnapshot } from "./incoming_snapshot";
import { Input } from "./input";
import { type ChannelScreen, Playback } from "./playback";
import type { Away, Hello, Welcome } from "./told";
import * as wire from "./wire";

/** What a channel needs of its link. `send` answers false when the link is down. */
export interface Wire {
  readonly device: string;
  send(frame: Uint8Array<ArrayBuffer>): boolean;
  /** Give up on this socket: what it says cannot be trusted. */
  replaceSocket(): void;
}

export type ChannelState = "attaching" | "live" | "down" | "refused";

const IDLE_ACK_MS = 20;
const MAX_MISMATCHES = 3;

export class Channel {
  readonly state: Signal<ChannelState> = signal("attaching");
  /** Why attaching was refused, in the keeper's words. */
  readonly refusal: Signal<string | null> = signal(null);
  /** Whether this viewer set the grid. */
  readonly owner: Signal<boolean> = signal(true);
  readonly grid: Signal<{ cols: number; rows: number } | null> = signal(null);
  /** "log" when only partial history can be shown; WELCOME's `engine`. */
  readonly engine: Signal<string> = signal("");
  readonly input: Input;
  onExit: (exit: wire.Exit) => void = () => {};
  /** All that was printed while nobody looked is parsed, and no more. */
  onAway: (away: Away) => void = () => {};

  /** What there was when this was attached is parsed. */
  onCaughtUp: () => void = () => {};

  #stream = new StreamPosition();
  #epoch: string | null = null;
  #playback: Playback;
  #hellosOut = 0;
  #helloQueued = false;
  #mismatches = 0;
  #incoming = new IncomingSnapshot();
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #said = { cols: 0, rows: 0, flags: 0 };
  #closed = false;
  #attachedAt = 0;
  #catchingUp = false;
  #away: Away | null = null;

  constructor(
    readonly number: number,
    readonly consoleId: string,
    private readonly link: Wire,
    private readonly screen: ChannelScreen,
    outbox: Outbox,
  ) {
    this.input = new Input(outbox, {
      isLive: () => this.state.value === "live",
      sendInput: (seq, data) => void this.link.send(wire.encodeInput(this.number, seq, data)),
    });
    this.#playback = new Playback(screen, {
      parsed: (end) => this.#parsed(end),
      replacing: ({ cols, rows }) => { this.grid.value = { cols, rows }; },
      replaced: ({ offset }) => { this.#stream.restart(offset); this.#parsed(offset); },
      damaged: () => { this.#stream.received = null; this.#mismatch(); },
    });
  }

  /** Offset before which all output is parsed. */
  get parsed(): number {
    return this.#stream.parsed;
  }

  /** The link is open: attach, or resume where the terminal stands. */
  up(): void {
    this.#hellosOut = 0;
    this.#mismatches = 0;
    this.#hello();
  }

  /** The link is gone. */
  down(): void {
    this.#incoming.forget();
    this.#hellosOut = 0;
    this.input.down();
    if (this.state.value !== "refused") this.state.value = "down";
  }

  /** Attach again after a refusal. */
  retry(): void {
    if (this.state.value === "refused") this.#hello();
  }

  /** Leave: the session goes on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#ackTimer);
    this.input.down();
    this.link.send(wire.encode(wire.Kind.DETACH, this.number));
  }

  /** Say what grid would fill the pane, and before it how far reading came: it may say that nobody looks now. */
  size(size: wire.SizeNow): void {
    if (this.state.value !== "live") return;
    this.#ack();
    this.link.send(wire.encodeSize(this.number, size));
  }

  /** Act on one frame of this channel. Throws BadFrameError. */
  receive(kind: number, payload: Uint8Array<ArrayBuffer>): void {
    if (kind === wire.Kind.WELCOME) return this.#welcome(wire.decodeJson<Welcome>(payload));
    if (kind === wire.Kind.ERROR) return this.#error(wire.decodeError(payload));
    if (this.#hellosOut > 0 || this.#closed || this.state.value !== "live") return; // of an attach that is over
    switch (kind) {
      case wire.Kind.OUTPUT:
        return this.#output(payload);
      case wire.Kind.SNAP_BEGIN:
        return this.#incoming.begin(wire.decodeSnapBegin(payload));
      case wire.Kind.SNAP_DATA:
        return this.#incoming.take(payload) ? undefined : this.#mismatch();
      case wire.Kind.SNAP_END:
        return this.#snapEnd();
      case wire.Kind.RESIZED:
        return this.#resized(wire.decodeResized(payload));
      case wire.Kind.INACK:
        return this.input.acknowledge(wire.decodeInack(payload));
      case wire.Kind.AWAY:
        this.#away = wire.decodeJson<Away>(payload);
        return this.#sayAway();
      case wire.Kind.EXIT:
        return this.#exit(wire.decodeExit(payload));
    }
  }

  /** Attach once everything that arrived is parsed, so that `have` is exact. */
  #hello(): void {
    this.state.value = "attaching";
    this.refusal.value = null;
    if (this.#helloQueued) return;
    this.#helloQueued = true;
    this.#playback.after(() => this.#sendHello());
  }

  #sendHello(): void {
    this.#helloQueued = false;
    if (this.#closed || this.state.value !== "attaching") return;
    const { cols, rows, pxWidth, pxHeight, flags } = this.screen.measure();
    this.#said = { cols, rows, flags };
    const known = this.#epoch !== null && this.#stream.received !== null;
    const hello: Hello = {
      console: this.consoleId,
      ...(known ? { epoch: this.#epoch as string, have: this.#stream.parsed } : {}),
      cols,
      rows,
      px_width: Math.round(pxWidth),
      px_height: Math.round(pxHeight),
      visible: (flags & wire.SizeFlag.VISIBLE) !== 0,
      device: this.link.device,
      keeps: true,
    };
    this.#hellosOut += 1;
    if (!this.link.send(wire.encodeJson(wire.Kind.HELLO, this.number, hello))) this.#hellosOut -= 1;
  }

  #welcome(welcome: Welcome): void {
    this.#hellosOut = Math.max(0, this.#hellosOut - 1);
    if (this.#hellosOut > 0 || this.#helloQueued || this.#closed) return; // a newer attach is on its way
    const resumes = welcome.mode === "delta" && welcome.epoch === this.#epoch;
    if (welcome.mode === "delta" && !(resumes && this.#stream.received === welcome.offset)) return this.#mismatch();
    if (welcome.epoch !== this.#epoch) this.#away = null;
    this.#epoch = welcome.epoch;
    this.#attachedAt = welcome.head;
    this.#catchingUp = true;
    this.engine.value = welcome.engine;
    this.owner.value = Boolean(welcome.owner);
    this.state.value = "live";
    if (welcome.mode === "fresh") this.#begin({ ...welcome, codec: wire.Codec.PLAIN, length: 0 }, null);
    if (welcome.mode === "snapshot") this.#stream.received = null;
    if (welcome.mode === "kept") {
      // Nobody else has what is shown here: it stays, and the stream goes on below it.
      this.#stream.received = welcome.offset;
      this.#stream.restart(welcome.offset);
    }
    this.input.up(welcome.generation, welcome.in_seq);
    const size = this.screen.measure();
    const { cols, rows, flags } = this.#said;
    if (size.cols !== cols || size.rows !== rows || size.flags !== flags) this.size(size);
  }

  #error({ text }: { text: string }): void {
    if (this.state.value === "live" && this.input.refused()) return;
    if (this.#hellosOut > 0) this.#hellosOut -= 1;
    if (this.#hellosOut > 0) return; // a newer attach is on its way
    this.input.down();
    this.state.value = "refused";
    this.refusal.value = text;
  }

  #output(payload: Uint8Array<ArrayBuffer>): void {
    const { offset, data } = wire.decodeOutput(payload);
    if (!this.#stream.accept(offset, data.length)) return this.#mismatch();
    this.#mismatches = 0;
    let end = offset;
    for (const piece of cutAt(offset, data, [this.#attachedAt, this.#away?.head ?? 0])) {
      end += piece.length;
      this.#playback.output(piece, end, end > this.#attachedAt);
    }
  }

  #sayAway(): void {
    const away = this.#away;
    if (!away || this.#stream.parsed < away.head || (!this.#playback.idle && this.#stream.parsed > away.head)) return;
    this.#away = null;
    this.onAway(away);
  }

  #resized({ offset, cols, rows, owner }: wire.Resized): void {
    if (!this.#stream.accept(offset, 0)) return this.#mismatch();
    this.#playback.after(() => {
      this.owner.value = owner;
      this.grid.value = { cols, rows };
      this.screen.resize(cols, rows);
    });
  }

  #exit(exit: wire.Exit): void {
    this.#playback.after(() => this.onExit(exit));
  }

  #snapEnd(): void {
    const whole = this.#incoming.end();
    if (!whole) return this.#mismatch();
    this.#begin(whole.begin, whole.parts);
  }

  /** Everything shown is replaced; the stream goes on at `begin.offset`. */
  #begin(begin: wire.SnapBegin, parts: Uint8Array<ArrayBuffer>[] | null): void {
    this.#stream.received = begin.offset;
    this.#playback.replace(begin, parts);
  }

  /** The stream does not follow on: attach anew, after repeated trouble without claiming to have anything. */
  #mismatch(): void {
    this.#incoming.forget();
    this.#mismatches += 1;
    if (this.#mismatches > MAX_MISMATCHES) return this.link.replaceSocket();
    if (this.#mismatches > 1) this.#stream.received = null;
    this.#hello();
  }

  /** Acknowledge every 16 KiB, and whenever parsing is idle. */
  #parsed(offset: number): void {
    clearTimeout(this.#ackTimer);
    const due = this.#stream.advance(offset);
    if (this.#catchingUp && offset >= this.#attachedAt) {
      this.#catchingUp = false;
      this.onCaughtUp();
    }
    this.#sayAway();
    if (due) this.#ack();
    else this.#ackTimer = setTimeout(() => this.#ack(), IDLE_ACK_MS);
  }

  #ack(): void {
    if (this.state.value !== "live") return;
    const offset = this.#stream.takeAck();
    if (offset !== null) this.link.send(wire.encodeAck(this.number, offset));
  }
}
