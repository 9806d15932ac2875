/** Bytes in words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ofLimit, size } from "../src/core/sizes";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("binary units are called by their own names", () => {
  const said = [0, 512, 1023, 1024, 1536, 10 * 1024, 1023.6 * 1024, 2 ** 20, 2.5 * 2 ** 30, 48 * 2 ** 30, 3 * 2 ** 40, 5000 * 2 ** 40].map((bytes) => plain(size(bytes)));
  assert.deepEqual(said, ["0 B", "512 B", "1023 B", "1.0 KiB", "1.5 KiB", "10 KiB", "1.0 MiB", "1.0 MiB", "2.5 GiB", "48 GiB", "3.0 TiB", "5000 TiB"]);
});

test("what is used is said in the unit of its limit", () => {
  assert.equal(plain(ofLimit(2 ** 31, 2 ** 31)), "2.0 of 2.0 GiB");
  assert.equal(plain(ofLimit(412 * 2 ** 20, 512 * 2 ** 20)), "412 of 512 MiB");
  assert.equal(plain(ofLimit(412 * 2 ** 20, 2 ** 31)), "0.4 of 2.0 GiB");
  assert.equal(plain(ofLimit(12.04 * 2 ** 30, 16 * 2 ** 30)), "12 of 16 GiB");
  assert.equal(plain(ofLimit(12 * 2 ** 20, 2 ** 31)), "12 MiB of 2.0 GiB");
  assert.equal(plain(ofLimit(0, 2 ** 31)), "0 of 2.0 GiB");
  assert.equal(plain(ofLimit(1, 2 ** 31)), "1 B of 2.0 GiB");
});

test("without a limit there is what is used", () => {
  assert.equal(plain(ofLimit(412 * 2 ** 20, 0)), "412 MiB");
});
