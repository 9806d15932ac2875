/** SHA-256, because the browser's own is missing on plain http, and an answer that comes later is too late for a page
 * that is being left. 2 MiB, the longest text that is edited, take about 20 ms. */

const BLOCK = 64;
const FIRST_PRIMES = primes(64);
/** The first 32 bits of the fractional parts of the roots of the first primes. */
const START = FIRST_PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUND = Uint32Array.from(FIRST_PRIMES, (prime) => fraction(Math.cbrt(prime)));

/** The hash as 64 hex digits. */
export function sha256(data: Uint8Array): string {
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  const padded = padding(data);
  const body = data.length - (data.length % BLOCK);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < body; at += BLOCK) mix(state, words, view, at);
  for (let at = 0; at < padded.byteLength; at += BLOCK) mix(state, words, padded, at);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** What stands after the last whole block: the rest, a one, zeros, the length in bits. */
function padding(data: Uint8Array): DataView {
  const rest = data.subarray(data.length - (data.length % BLOCK));
  const last = new Uint8Array(rest.length + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  last.set(rest);
  last[rest.length] = 0x80;
  const view = new DataView(last.buffer);
  view.setBigUint64(last.length - 8, BigInt(data.length) * 8n);
  return view;
}

function mix(state: Int32Array, w: Int32Array, block: DataView, at: number): void {
  for (let i = 0; i < 16; i += 1) w[i] = block.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[i] as number) + (w[i] as number)) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = ((state[i] as number) + value) | 0; });
}

function turn(x: number, bits: number): number {
  return (x >>> bits) | (x << (32 - bits));
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n += 1) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
