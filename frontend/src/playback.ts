/**
 * In what order a console's stream reaches its screen: a resize or a snapshot waits until everything before it is
 * parsed, and what follows waits for it. Knows neither frames nor the link, and no DOM.
 */

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

/** What the player is told. */
export interface PlaybackListener {
  /** Every byte before `end` is parsed. */
  parsed(end: number): void;
  /** The screen is about to show this snapshot instead of what it showed. */
  replacing(begin: wire.SnapBegin): void;
  /** The snapshot is parsed; the stream goes on behind it. */
  replaced(begin: wire.SnapBegin): void;
  /** The snapshot cannot be unpacked; the screen shows what it showed. */
  damaged(): void;
}

type Parts = Uint8Array<ArrayBuffer>[];

type Step =
  | { readonly what: "output"; readonly data: Uint8Array; readonly end: number; readonly fresh: boolean }
  | { readonly what: "replace"; readonly begin: wire.SnapBegin; readonly parts: Parts | null }
  | { readonly what: "call"; readonly run: () => void };

export const MAX_SNAPSHOT_BYTES = 16 * 1024 * 1024;
/** The keeper's window is 128 KiB; eight times that unparsed means that it does not keep to it. */
const MAX_WAITING_BYTES = 8 * wire.Limit.WINDOW_BYTES;

export class Playback {
  #steps: Step[] = [];
  #waitingBytes = 0;
  #unparsed = 0;
  #replacing = false;

  constructor(private readonly screen: ChannelScreen, private readonly listener: PlaybackListener) {}

  /** Whether everything that was given is parsed and done. */
  get idle(): boolean {
    return this.#steps.length === 0 && this.#unparsed === 0 && !this.#replacing;
  }

  /** Show output that ends at offset `end`. Throws BadFrameError when too much waits already. */
  output(data: Uint8Array, end: number, fresh: boolean): void {
    this.#waitingBytes += data.length;
    this.#later({ what: "output", data, end, fresh });
  }

  /** Show a snapshot (`parts` null: an empty screen) instead of everything. */
  replace(begin: wire.SnapBegin, parts: Parts | null): void {
    this.#later({ what: "replace", begin, parts });
  }

  /** Run something once all before it is parsed, and before anything that follows is shown. */
  after(run: () => void): void {
    this.#later({ what: "call", run });
  }

  #later(step: Step): void {
    this.#steps.push(step);
    if (this.#waitingBytes > MAX_WAITING_BYTES) throw new wire.BadFrameError("more output than the window allows");
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const step = this.#steps[0];
      if (!step || this.#replacing) return;
      if (step.what !== "output" && this.#unparsed > 0) return;
      this.#steps.shift();
      if (step.what === "output") this.#write(step.data, step.end, step.fresh);
      else if (step.what === "replace") void this.#replace(step.begin, step.parts);
      else step.run();
    }
  }

  #write(data: Uint8Array, end: number, fresh: boolean): void {
    this.#unparsed += 1;
    this.screen.write(data, () => {
      this.#unparsed -= 1;
      this.#waitingBytes -= data.length;
      this.listener.parsed(end);
      this.#advance();
    }, fresh);
  }

  async #replace(begin: wire.SnapBegin, parts: Parts | null): Promise<void> {
    this.#replacing = true;
    let data: Uint8Array | null = null;
    try {
      data = parts && (await unpack(parts, begin.codec));
    } catch {
      this.#replacing = false;
      this.listener.damaged();
      return this.#advance();
    }
    this.listener.replacing(begin);
    this.screen.replace(begin.cols, begin.rows, data, () => {
      this.#replacing = false;
      this.listener.replaced(begin);
      this.#advance();
    });
  }
}

/** Join the parts of a snapshot and unpack them (zlib). Throws when they are damaged or too long. */
async function unpack(parts: Parts, codec: number): Promise<Uint8Array> {
  const packed = new Blob(parts);
  if (codec === wire.Codec.PLAIN) return new Uint8Array(await packed.arrayBuffer());
  if (codec !== wire.Codec.DEFLATE) throw new wire.BadFrameError(`codec ${codec}`);
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks: Parts = [];
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
