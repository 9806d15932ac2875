/**
 * The mirror of `ide/wire`: frames of the link, `u8 type, u16 channel, payload`, big-endian.
 * Names, numbers and limits are the same on both sides; tests/unit/test_wire_mirror.py compares them. Pure: bytes in,
 * values out, no sockets. What the JSON in some of them says is in told.ts.
 */

import type { Hello, Theme } from "./told";

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "ide.v1";

/** First byte of a frame. Below 0x80 the browser speaks, from 0x80 on the keeper. */
export const Kind = {
  HELLO: 0x01,
  INPUT: 0x02,
  ACK: 0x03,
  SIZE: 0x04,
  PING: 0x06,
  THEME: 0x07,
  DETACH: 0x08,
  WELCOME: 0x81,
  OUTPUT: 0x82,
  SNAP_BEGIN: 0x83,
  SNAP_DATA: 0x84,
  SNAP_END: 0x85,
  RESIZED: 0x86,
  INACK: 0x87,
  EXIT: 0x88,
  META: 0x89,
  PONG: 0x8a,
  ERROR: 0x8b,
  EVENT: 0x8c,
  AWAY: 0x8d,
} as const;

/** Bits of SIZE's flags. */
export const SizeFlag = { VISIBLE: 1, USED: 2, CLAIM: 4 } as const;

/** How a session ended, in EXIT. */
export const Ending = { EXIT: 0, SIGNAL: 1, LOST: 2, REBOOT: 3, STOPPED: 4, LIMIT: 5 } as const;

/** Codes of ERROR frames. */
export const ErrorCode = {
  GONE: 1,
  FORBIDDEN: 2,
  BUSY: 3,
  VERSION: 5,
  REFUSED: 6,
} as const;

/** How the bytes between SNAP_BEGIN and SNAP_END are packed. */
export const Codec = { PLAIN: 0, DEFLATE: 1 } as const;

/** Maxima in bytes, unless the name says otherwise. */
export const Limit = {
  MAX_CLIENT_FRAME_BYTES: 64 * 1024,
  MAX_SERVER_FRAME_BYTES: 128 * 1024,
  MAX_INPUT_BYTES: 16 * 1024,
  MAX_OUTPUT_BYTES: 32 * 1024,
  MAX_JSON_BYTES: 48 * 1024,
  WINDOW_BYTES: 128 * 1024,
  ACK_EVERY_BYTES: 16 * 1024,
  MAX_CHANNEL: 0xffff,
  MIN_COLS: 20,
  MAX_COLS: 500,
  MIN_ROWS: 5,
  MAX_ROWS: 200,
  PING_SECONDS: 20,
  DEAD_AFTER_SECONDS: 45,
} as const;

const HEADER_BYTES = 3;

/** The other side sent bytes that are not a frame of this protocol. */
export class BadFrameError extends Error {}

export interface Frame {
  readonly kind: number;
  readonly channel: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export interface SizeNow {
  readonly cols: number;
  readonly rows: number;
  readonly pxWidth: number;
  readonly pxHeight: number;
  readonly flags: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Return the bytes of one frame with room for `payloadBytes`, and a view of that room. */
function blank(kind: number, channel: number, payloadBytes: number): [Uint8Array<ArrayBuffer>, DataView] {
  const bytes = new Uint8Array(HEADER_BYTES + payloadBytes);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, kind);
  header.setUint16(1, channel);
  return [bytes, new DataView(bytes.buffer, HEADER_BYTES)];
}

export function encode(kind: number, channel: number, payload?: Uint8Array): Uint8Array<ArrayBuffer> {
  const [bytes] = blank(kind, channel, payload?.length ?? 0);
  if (payload) bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The frame of HELLO or THEME. Throws BadFrameError over MAX_JSON_BYTES. */
export function encodeJson(kind: number, channel: number, value: Hello | Theme): Uint8Array<ArrayBuffer> {
  const payload = encoder.encode(JSON.stringify(value));
  if (payload.length > Limit.MAX_JSON_BYTES) throw new BadFrameError(`JSON of ${payload.length} bytes`);
  return encode(kind, channel, payload);
}

export function encodeInput(channel: number, seq: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  if (data.length > Limit.MAX_INPUT_BYTES) throw new BadFrameError(`INPUT of ${data.length} bytes`);
  const [bytes, view] = blank(Kind.INPUT, channel, 4 + data.length);
  view.setUint32(0, seq);
  bytes.set(data, HEADER_BYTES + 4);
  return bytes;
}

export function encodeAck(channel: number, offset: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = blank(Kind.ACK, channel, 8);
  view.setBigUint64(0, BigInt(offset));
  return bytes;
}

export function encodeSize(channel: number, size: SizeNow): Uint8Array<ArrayBuffer> {
  const [bytes, view] = blank(Kind.SIZE, channel, 9);
  [size.cols, size.rows, size.pxWidth, size.pxHeight].forEach((value, index) => {
    view.setUint16(index * 2, Math.max(0, Math.min(0xffff, Math.round(value))));
  });
  view.setUint8(8, size.flags);
  return bytes;
}

/** Split one frame. Throws BadFrameError when it is too short or too long. */
export function decode(data: ArrayBuffer): Frame {
  if (data.byteLength < HEADER_BYTES) throw new BadFrameError(`frame of ${data.byteLength} bytes`);
  if (data.byteLength > Limit.MAX_SERVER_FRAME_BYTES) throw new BadFrameError(`frame of ${data.byteLength} bytes`);
  const header = new DataView(data);
  return { kind: header.getUint8(0), channel: header.getUint16(1), payload: new Uint8Array(data, HEADER_BYTES) };
}

function fields(payload: Uint8Array, bytes: number, exact: boolean): DataView {
  if (payload.length < bytes || (exact && payload.length !== bytes)) {
    throw new BadFrameError(`payload of ${payload.length} bytes, expected ${bytes}`);
  }
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Offsets are u64 on the wire; a log of 2^53 bytes is out of reach, so a number is exact. */
function offsetAt(view: DataView, at: number): number {
  const offset = view.getBigUint64(at);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadFrameError(`offset ${offset}`);
  return Number(offset);
}

/** Read a JSON object, as long as a frame may be. Throws BadFrameError when it is not JSON or no object. */
export function decodeJson<T extends object>(payload: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(payload));
  } catch {
    throw new BadFrameError("payload is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadFrameError("payload is not a JSON object");
  }
  return value as T;
}

export function decodeOutput(payload: Uint8Array<ArrayBuffer>): { offset: number; data: Uint8Array<ArrayBuffer> } {
  return { offset: offsetAt(fields(payload, 8, false), 0), data: payload.subarray(8) };
}

export interface SnapBegin {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  readonly codec: number;
  readonly length: number;
}

export function decodeSnapBegin(payload: Uint8Array): SnapBegin {
  const view = fields(payload, 17, true);
  return {
    offset: offsetAt(view, 0),
    cols: view.getUint16(8),
    rows: view.getUint16(10),
    codec: view.getUint8(12),
    length: view.getUint32(13),
  };
}

export interface Resized {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  /** True when this viewer set the grid. */
  readonly owner: boolean;
}

export function decodeResized(payload: Uint8Array): Resized {
  const view = fields(payload, 13, true);
  return {
    offset: offsetAt(view, 0),
    cols: view.getUint16(8),
    rows: view.getUint16(10),
    owner: view.getUint8(12) !== 0,
  };
}

export function decodeInack(payload: Uint8Array): number {
  return fields(payload, 4, true).getUint32(0);
}

export interface Exit {
  /** Exit code, or the signal when `how` is Ending.SIGNAL. */
  readonly status: number;
  readonly how: number;
  readonly offset: number;
}

export function decodeExit(payload: Uint8Array): Exit {
  const view = fields(payload, 13, true);
  return { status: view.getInt32(0), how: view.getUint8(4), offset: offsetAt(view, 5) };
}

export function decodeError(payload: Uint8Array): { code: number; text: string } {
  return { code: fields(payload, 2, false).getUint16(0), text: decoder.decode(payload.subarray(2)) };
}
