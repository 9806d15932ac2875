/** One socket of the link from opening to its end, and when it was last heard: what it says of itself cannot be trusted
 * after a sleep. Times are in ms, as of Date.now. */

import * as wire from "./wire";

/** So long a socket that is asked for a sign of life may be silent. */
export const SILENCE_MS = 1500;
/** One that was heard for this long was well. */
const STEADY_MS = 2_000;
/** WebSocket.readyState; CLOSING and CLOSED are above. */
const CONNECTING = 0;
const OPEN = 1;

export interface SocketListener {
  opened(): void;
  /** A message came. */
  heard(data: unknown): void;
  closed(event: CloseEvent): void;
}

export class LinkSocket {
  readonly openedAt = Date.now();
  /** When it opened or a message came last; 0 before that. */
  heardAt = 0;
  pingedAt = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly socket: WebSocket, listener: SocketListener) {
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.heardAt = Date.now();
      listener.opened();
    };
    socket.onmessage = ({ data }: MessageEvent) => {
      this.heardAt = Date.now();
      this.#spoke();
      listener.heard(data);
    };
    socket.onclose = (event: CloseEvent) => listener.closed(event);
  }

  get isConnecting(): boolean {
    return this.socket.readyState === CONNECTING;
  }

  get isOpen(): boolean {
    return this.socket.readyState === OPEN;
  }

  get wasSteady(): boolean {
    return this.heardAt - this.openedAt >= STEADY_MS;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.socket.send(frame);
  }

  ping(): void {
    this.pingedAt = Date.now();
    this.send(wire.encode(wire.Kind.PING, 0, new Uint8Array(8)));
  }

  /** Ask for a sign of life, unless it is asked already; `dead` is called when none comes in time. */
  probe(dead: () => void): void {
    if (this.#silence !== undefined) return;
    this.ping();
    this.#silence = setTimeout(dead, SILENCE_MS);
  }

  /** Forget it without waiting: a dead one would not answer. */
  abandon(): void {
    this.#spoke();
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
  }

  #spoke(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }
}
