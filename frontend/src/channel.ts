/**
 * One console on the link: attach, follow the output exactly, send input once.
 *
 * Frames act in the order of the stream: a resize or a snapshot waits until everything before it is
 * parsed, and what follows waits for it. A gap or overlap attaches anew; nothing is painted on.
 * Knows no DOM: what it drives is a ChannelScreen.
 */

import { signal, type Signal } from "@preact/signals";
import { Outbox } from "./core/outbox";
import { cutAt, StreamPosition } from "./core/stream";
import * as wire from "./wire";

/** What shows the output: a terminal. Calls come one after another, in stream order. */
export interface ChannelScreen {
  /** Parse `data`; call `parsed` when done. May be called again before that. `fresh`: it was printed
   * since this attach, so whatever it asks for was not asked for before. */
  write(data: Uint8Array, parsed: () => void, fresh: boolean): void;
  /** Change the grid. Everything written before is parsed. */
  resize(cols: number, rows: number): void;
  /** Drop everything, take this grid, show `data` (null: start empty), call `parsed`. */
  replace(cols: number, rows: number, data: Uint8Array | null, parsed: () => void): void;
  /** Grid and pixels that would fill the pane; `flags` are SizeFlag bits. */
  measure(): wire.SizeNow;
}

/** What a channel needs of its link. `send` answers false when the link is down. */
export interface Wire {
  readonly device: string;
  send(frame: Uint8Array<ArrayBuffer>): boolean;
  /** Give up on this socket: what it says cannot be trusted. */
  replaceSocket(): void;
}

export type ChannelState = "attaching" | "live" | "down" | "refused";

/** Input that perhaps (or certainly) did not reach the program. */
export interface Undelivered {
  readonly bytes: number;
  readonly at: number;
  /** `perhaps`: sent, fate unknown. `not`: never left this page. */
  readonly certainty: "perhaps" | "not";
}

type Step =
  | { readonly what: "output"; readonly data: Uint8Array; readonly end: number; readonly fresh: boolean }
  | { readonly what: "resize"; readonly cols: number; readonly rows: number; readonly owner: boolean }
  | { readonly what: "replace"; readonly begin: wire.SnapBegin; readonly parts: Uint8Array<ArrayBuffer>[] | null }
  | { readonly what: "exit"; readonly exit: wire.Exit }
  | { readonly what: "call"; readonly run: () => void };

const IDLE_ACK_MS = 20;
/** The keeper's window is 128 KiB; eight times that unparsed means that it does not keep to it. */
const MAX_WAITING_BYTES = 8 * wire.Limit.WINDOW_BYTES;
const MAX_SNAPSHOT_BYTES = 16 * 1024 * 1024;
const MAX_MISMATCHES = 3;

export class Channel {
  readonly state: Signal<ChannelState> = signal("attaching");
  /** Why attaching was refused, in the keeper's words. */
  readonly refusal: Signal<string | null> = signal(null);
  readonly undelivered: Signal<Undelivered | null> = signal(null);
  /** Whether this viewer set the grid. */
  readonly owner: Signal<boolean> = signal(true);
  readonly grid: Signal<{ cols: number; rows: number } | null> = signal(null);
  /** "log" when only partial history can be shown; WELCOME's `engine`. */
  readonly engine: Signal<string> = signal("");
  onExit: (exit: wire.Exit) => void = () => {};
  /** All that was printed while nobody looked is parsed, and no more. */
  onAway: (away: wire.Away) => void = () => {};

  #stream = new StreamPosition();
  #epoch: string | null = null;
  #steps: Step[] = [];
  #waitingBytes = 0;
  #unparsed = 0;
  #replacing = false;
  #hellosOut = 0;
  #helloQueued = false;
  #mismatches = 0;
  #snapshot: { begin: wire.SnapBegin; parts: Uint8Array<ArrayBuffer>[]; bytes: number } | null = null;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #said = { cols: 0, rows: 0, flags: 0 };
  #closed = false;
  #attachedAt = 0;
  #away: wire.Away | null = null;

  constructor(
    readonly number: number,
    readonly consoleId: string,
    private readonly link: Wire,
    private readonly screen: ChannelScreen,
    private readonly outbox: Outbox,
  ) {}

  /** The link is open: attach, or resume where the terminal stands. */
  up(): void {
    this.#hellosOut = 0;
    this.#mismatches = 0;
    this.#hello();
  }

  /** The link is gone. */
  down(): void {
    this.#snapshot = null;
    this.#hellosOut = 0;
    this.outbox.suspend();
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
    this.outbox.suspend();
    this.link.send(wire.encode(wire.Kind.DETACH, this.number));
  }

  /** Send keys. What cannot be sent or kept is shown as not delivered. */
  input(data: Uint8Array): void {
    if (!this.outbox.push(data)) this.#report(data.length, "not");
    this.#flush();
  }

  /** Say what grid would fill the pane, and before it how far reading came: it may say that nobody looks now. */
  size(size: wire.SizeNow): void {
    if (this.state.value !== "live") return;
    this.#ack();
    this.link.send(wire.encodeSize(this.number, size));
  }

  /** Act on one frame of this channel. Throws BadFrameError. */
  receive(kind: number, payload: Uint8Array<ArrayBuffer>): void {
    if (kind === wire.Kind.WELCOME) return this.#welcome(wire.decodeJson<wire.Welcome>(payload));
    if (kind === wire.Kind.ERROR) return this.#error(wire.decodeError(payload));
    if (this.#hellosOut > 0 || this.#closed || this.state.value !== "live") return; // of an attach that is over
    switch (kind) {
      case wire.Kind.OUTPUT:
        return this.#output(payload);
      case wire.Kind.SNAP_BEGIN:
        return this.#snapBegin(wire.decodeSnapBegin(payload));
      case wire.Kind.SNAP_DATA:
        return this.#snapData(payload);
      case wire.Kind.SNAP_END:
        return this.#snapEnd();
      case wire.Kind.RESIZED:
        return this.#resized(wire.decodeResized(payload));
      case wire.Kind.INACK:
        this.outbox.acknowledge(wire.decodeInack(payload));
        return this.#flush();
      case wire.Kind.AWAY:
        this.#away = wire.decodeJson<wire.Away>(payload);
        return this.#sayAway();
      case wire.Kind.EXIT:
        return this.#later({ what: "exit", exit: wire.decodeExit(payload) });
    }
  }

  /** Attach once everything that arrived is parsed, so that `have` is exact. */
  #hello(): void {
    this.state.value = "attaching";
    this.refusal.value = null;
    if (this.#helloQueued) return;
    this.#helloQueued = true;
    this.#later({ what: "call", run: () => this.#sendHello() });
  }

  #sendHello(): void {
    this.#helloQueued = false;
    if (this.#closed || this.state.value !== "attaching") return;
    const { cols, rows, pxWidth, pxHeight, flags } = this.screen.measure();
    this.#said = { cols, rows, flags };
    const known = this.#epoch !== null && this.#stream.received !== null;
    const hello: wire.Hello = {
      console: this.consoleId,
      ...(known ? { epoch: this.#epoch as string, have: this.#stream.parsed } : {}),
      cols,
      rows,
      px_width: Math.round(pxWidth),
      px_height: Math.round(pxHeight),
      visible: (flags & wire.SizeFlag.VISIBLE) !== 0,
      device: this.link.device,
    };
    this.#hellosOut += 1;
    if (!this.link.send(wire.encodeJson(wire.Kind.HELLO, this.number, hello))) this.#hellosOut -= 1;
  }

  #welcome(welcome: wire.Welcome): void {
    this.#hellosOut = Math.max(0, this.#hellosOut - 1);
    if (this.#hellosOut > 0 || this.#helloQueued || this.#closed) return; // a newer attach is on its way
    const resumes = welcome.mode === "delta" && welcome.epoch === this.#epoch;
    if (welcome.mode === "delta" && !(resumes && this.#stream.received === welcome.offset)) return this.#mismatch();
    if (welcome.epoch !== this.#epoch) this.#away = null;
    this.#epoch = welcome.epoch;
    this.#attachedAt = welcome.head;
    this.engine.value = welcome.engine;
    this.owner.value = Boolean(welcome.owner);
    this.state.value = "live";
    if (welcome.mode === "fresh") this.#begin({ ...welcome, codec: wire.Codec.PLAIN, length: 0 }, null);
    if (welcome.mode === "snapshot") this.#stream.received = null;
    const lost = this.outbox.resume(welcome.generation, welcome.in_seq);
    if (lost > 0) this.#report(lost, "perhaps");
    this.#flush();
    const size = this.screen.measure();
    const { cols, rows, flags } = this.#said;
    if (size.cols !== cols || size.rows !== rows || size.flags !== flags) this.size(size);
  }

  #error({ text }: { text: string }): void {
    const held = this.outbox.heldBytes;
    if (this.state.value === "live" && held > 0) {
      // The input was refused (nothing runs, or it does not read); the output goes on.
      this.outbox.drop();
      return this.#report(held, "perhaps");
    }
    if (this.#hellosOut > 0) this.#hellosOut -= 1;
    if (this.#hellosOut > 0) return; // a newer attach is on its way
    this.outbox.suspend();
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
      this.#later({ what: "output", data: piece, end, fresh: end > this.#attachedAt });
    }
  }

  #sayAway(): void {
    const away = this.#away;
    const waits = this.#steps.length > 0 || this.#unparsed > 0 || this.#replacing;
    if (!away || this.#stream.parsed < away.head || (waits && this.#stream.parsed > away.head)) return;
    this.#away = null;
    this.onAway(away);
  }

  #resized({ offset, cols, rows, owner }: wire.Resized): void {
    if (!this.#stream.accept(offset, 0)) return this.#mismatch();
    this.#later({ what: "resize", cols, rows, owner });
  }

  #snapBegin(begin: wire.SnapBegin): void {
    if (begin.length > MAX_SNAPSHOT_BYTES) throw new wire.BadFrameError(`snapshot of ${begin.length} bytes`);
    this.#snapshot = { begin, parts: [], bytes: 0 };
  }

  #snapData(payload: Uint8Array<ArrayBuffer>): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return this.#mismatch();
    snapshot.bytes += payload.length;
    if (snapshot.bytes > snapshot.begin.length) return this.#mismatch();
    snapshot.parts.push(payload);
  }

  #snapEnd(): void {
    const snapshot = this.#snapshot;
    this.#snapshot = null;
    if (!snapshot || snapshot.bytes !== snapshot.begin.length) return this.#mismatch();
    this.#begin(snapshot.begin, snapshot.parts);
  }

  /** Everything shown is replaced; the stream goes on at `begin.offset`. */
  #begin(begin: wire.SnapBegin, parts: Uint8Array<ArrayBuffer>[] | null): void {
    this.#stream.received = begin.offset;
    this.#later({ what: "replace", begin, parts });
  }

  /** The stream does not follow on: attach anew, after repeated trouble without claiming to have anything. */
  #mismatch(): void {
    this.#snapshot = null;
    this.#mismatches += 1;
    if (this.#mismatches > MAX_MISMATCHES) return this.link.replaceSocket();
    if (this.#mismatches > 1) this.#stream.received = null;
    this.#hello();
  }

  #later(step: Step): void {
    this.#steps.push(step);
    if (step.what === "output") this.#waitingBytes += step.data.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) throw new wire.BadFrameError("more output than the window allows");
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const step = this.#steps[0];
      if (!step || this.#replacing) return;
      if (step.what !== "output" && this.#unparsed > 0) return;
      this.#steps.shift();
      this.#perform(step);
    }
  }

  #perform(step: Step): void {
    switch (step.what) {
      case "output":
        this.#unparsed += 1;
        return this.screen.write(step.data, () => {
          this.#unparsed -= 1;
          this.#waitingBytes -= step.data.length;
          this.#parsed(step.end);
          this.#advance();
        }, step.fresh);
      case "resize":
        this.owner.value = step.owner;
        this.grid.value = { cols: step.cols, rows: step.rows };
        return this.screen.resize(step.cols, step.rows);
      case "replace":
        this.#replacing = true;
        return void this.#replace(step.begin, step.parts);
      case "exit":
        return this.onExit(step.exit);
      case "call":
        return step.run();
    }
  }

  async #replace(begin: wire.SnapBegin, parts: Uint8Array<ArrayBuffer>[] | null): Promise<void> {
    let data: Uint8Array | null = null;
    try {
      data = parts && (await unpack(parts, begin.codec));
    } catch {
      this.#replacing = false;
      this.#stream.received = null;
      this.#mismatch();
      return this.#advance();
    }
    this.grid.value = { cols: begin.cols, rows: begin.rows };
    this.screen.replace(begin.cols, begin.rows, data, () => {
      this.#stream.restart(begin.offset);
      this.#replacing = false;
      this.#parsed(begin.offset);
      this.#advance();
    });
  }

  /** Acknowledge every 16 KiB, and whenever parsing is idle. */
  #parsed(offset: number): void {
    clearTimeout(this.#ackTimer);
    const due = this.#stream.advance(offset);
    this.#sayAway();
    if (due) this.#ack();
    else this.#ackTimer = setTimeout(() => this.#ack(), IDLE_ACK_MS);
  }

  #ack(): void {
    if (this.state.value !== "live") return;
    const offset = this.#stream.takeAck();
    if (offset !== null) this.link.send(wire.encodeAck(this.number, offset));
  }

  #flush(): void {
    if (this.state.value !== "live") return;
    for (const { seq, data } of this.outbox.take()) this.link.send(wire.encodeInput(this.number, seq, data));
  }

  #report(bytes: number, certainty: Undelivered["certainty"]): void {
    if (bytes > 0) this.undelivered.value = { bytes, at: Date.now(), certainty };
  }
}

/** Join the parts of a snapshot and unpack them (zlib). Throws when they are damaged or too long. */
async function unpack(parts: Uint8Array<ArrayBuffer>[], codec: number): Promise<Uint8Array> {
  const packed = new Blob(parts);
  if (codec === wire.Codec.PLAIN) return new Uint8Array(await packed.arrayBuffer());
  if (codec !== wire.Codec.DEFLATE) throw new wire.BadFrameError(`codec ${codec}`);
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MAX_SNAPSHOT_BYTES) throw new wire.BadFrameError("snapshot is too long");
    chunks.push(value as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
