/** A socket and a screen without a browser, for the tests of link and channel. */

import type { ChannelScreen } from "../src/playback";
import type { ConsoleInfo } from "../src/told";
import { encode, Kind, type SizeNow } from "../src/wire";

/** As WebSocket has them; Node 20 has no WebSocket. */
export const READY_STATE = { CONNECTING: 0, OPEN: 1, CLOSED: 3 } as const;

/** The server's end of a WebSocket that Link opened. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  readyState: number = READY_STATE.CONNECTING;
  binaryType = "";
  sent: { kind: number; channel: number; payload: Uint8Array<ArrayBuffer> }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor() {
    FakeSocket.all.push(this);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    const view = new DataView(frame.buffer, frame.byteOffset);
    this.sent.push({ kind: view.getUint8(0), channel: view.getUint16(1), payload: frame.slice(3) });
  }

  close(): void {
    this.readyState = READY_STATE.CLOSED;
  }

  /** The upgrade succeeds. */
  open(): void {
    this.readyState = READY_STATE.OPEN;
    this.onopen?.();
  }

  /** The other side closes, or refuses the upgrade. */
  end(code: number, reason = ""): void {
    this.readyState = READY_STATE.CLOSED;
    this.onclose?.({ code, reason });
  }

  frame(kind: number, channel: number, payload: Uint8Array): void {
    this.onmessage?.({ data: encode(kind, channel, payload).buffer });
  }

  json(kind: number, channel: number, value: object): void {
    this.frame(kind, channel, new TextEncoder().encode(JSON.stringify(value)));
  }

  output(channel: number, offset: number, text: string): void {
    const data = new TextEncoder().encode(text);
    const payload = new Uint8Array(8 + data.length);
    new DataView(payload.buffer).setBigUint64(0, BigInt(offset));
    payload.set(data, 8);
    this.frame(Kind.OUTPUT, channel, payload);
  }

  resized(channel: number, offset: number, cols: number, rows: number): void {
    const payload = new Uint8Array(13);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, BigInt(offset));
    view.setUint16(8, cols);
    view.setUint16(10, rows);
    view.setUint8(12, 1);
    this.frame(Kind.RESIZED, channel, payload);
  }

  snapBegin(channel: number, offset: number, codec: number, length: number): void {
    const payload = new Uint8Array(17);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, BigInt(offset));
    view.setUint16(8, 90);
    view.setUint16(10, 30);
    view.setUint8(12, codec);
    view.setUint32(13, length);
    this.frame(Kind.SNAP_BEGIN, channel, payload);
  }

  inack(channel: number, seq: number): void {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, seq);
    this.frame(Kind.INACK, channel, payload);
  }

  welcome(channel: number, more: object = {}): void {
    this.json(Kind.WELCOME, channel, {
      console: "c1",
      epoch: "e1",
      generation: "g1",
      mode: "fresh",
      offset: 0,
      head: 0,
      cols: 80,
      rows: 24,
      owner: 1,
      in_seq: 0,
      engine: "ghostty",
      info: { id: "c1" } as ConsoleInfo,
      ...more,
    });
  }

  /** The last frame of that kind, its JSON. */
  lastJson(kind: number): Record<string, unknown> {
    const frame = this.of(kind).at(-1);
    return frame ? JSON.parse(new TextDecoder().decode(frame.payload)) : {};
  }

  of(kind: number): { channel: number; payload: Uint8Array<ArrayBuffer> }[] {
    return this.sent.filter((frame) => frame.kind === kind);
  }

  /** `seq:text` of each INPUT. */
  inputs(): string[] {
    return this.of(Kind.INPUT).map(({ payload }) => {
      const seq = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
      return `${seq}:${new TextDecoder().decode(payload.subarray(4))}`;
    });
  }

  acks(): number[] {
    return this.of(Kind.ACK).map(({ payload }) => Number(new DataView(payload.buffer).getBigUint64(0)));
  }
}

/** Records what it is told in order; parses at once, or when `parse()` is called. */
export class FakeScreen implements ChannelScreen {
  story: string[] = [];
  slow = false;
  size: SizeNow = { cols: 80, rows: 24, pxWidth: 800, pxHeight: 480, flags: 1 };
  /** What was printed since the attach. */
  fresh = "";
  #waiting: (() => void)[] = [];

  write(data: Uint8Array, parsed: () => void, fresh: boolean): void {
    const text = new TextDecoder().decode(data);
    this.story.push(text);
    if (fresh) this.fresh += text;
    this.#done(parsed);
  }

  resize(cols: number, rows: number): void {
    this.story.push(`[${cols}x${rows}]`);
  }

  replace(cols: number, rows: number, data: Uint8Array | null, parsed: () => void): void {
    this.story.push(`<${cols}x${rows}>${data ? new TextDecoder().decode(data) : ""}`);
    this.#done(parsed);
  }

  measure(): SizeNow {
    return this.size;
  }

  /** Finish parsing what was written. */
  parse(): void {
    for (const done of this.#waiting.splice(0)) done();
  }

  #done(parsed: () => void): void {
    if (this.slow) this.#waiting.push(parsed);
    else parsed();
  }
}
