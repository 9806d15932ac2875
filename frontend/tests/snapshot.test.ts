import assert from "node:assert/strict";
import test from "node:test";
import { PIECE_BYTES, writeSnapshot } from "../src/console/snapshot";

for (const bytes of [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 10 * PIECE_BYTES, 1_000_000]) {
  test(`a snapshot of ${bytes} bytes is written whole, no piece of it long, and its end is told`, () => {
    const data = Uint8Array.from({ length: bytes }, (_, at) => at % 251);
    const pieces: Uint8Array[] = [];
    const told: number[] = [];
    writeSnapshot({ write: (piece, parsed) => {
      pieces.push(piece as Uint8Array);
      if (parsed) told.push(pieces.length);
    } }, data, () => {});
    assert.ok(pieces.every(({ length }) => length <= PIECE_BYTES));
    assert.deepEqual(Buffer.concat(pieces), Buffer.from(data));
    assert.deepEqual(told, [pieces.length]);
  });
}
