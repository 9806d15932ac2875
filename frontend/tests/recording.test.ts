import assert from "node:assert/strict";
import { test } from "node:test";
import { historySigns, keptSentence, keptTogether, unrecordedSentence } from "../src/core/recording";

const clock = (seconds: number): string => `at ${seconds}`;

test("what is not recorded is said with time, offset and reason", () => {
  const unrecorded = (why: string) => ({ recording: false, unrecorded: { from: 4_194_304, at: 7, why } });
  assert.equal(
    unrecordedSentence(unrecorded("disk"), clock),
    "Since at 7 (byte 4,194,304) output is not recorded: the disk is full. The program goes on; free some space to keep what it prints.",
  );
  assert.match(unrecordedSentence(unrecorded("never"), clock), /this console is never recorded\.$/);
  assert.match(unrecordedSentence(unrecorded("low"), clock), /too little is free/);
  assert.match(unrecordedSentence(unrecorded("folder"), clock), /was removed/);
  assert.match(unrecordedSentence(unrecorded("something new"), clock), /cannot be written/);
  assert.equal(unrecordedSentence({ recording: false }, clock), "Output is not recorded. The program goes on.");
});

test("what is kept is said in binary units, and that the oldest is gone", () => {
  const kept = (log_disk_bytes: number, log_oldest = 0) =>
    keptSentence({ recording: true, log_disk_bytes, log_cap_bytes: 256 * 2 ** 20, log_oldest });
  assert.equal(kept(0), "Output on disk: 0 of 256\u00a0MiB");
  assert.equal(kept(1000), "Output on disk: 1000\u00a0B of 256\u00a0MiB");
  assert.equal(kept(1.5 * 2 ** 20), "Output on disk: 1.5 of 256\u00a0MiB");
  assert.equal(kept(255.6 * 2 ** 20, 5000), "Output on disk: 256 of 256\u00a0MiB, the first 4.9\u00a0KiB are gone");
  assert.equal(keptSentence({ recording: true }), "");
  assert.equal(keptTogether({ disk_bytes: 300 * 2 ** 20, cap_bytes: 2 ** 30 }), "All output on disk: 0.3 of 1.0\u00a0GiB");
});

test("what is not kept is a quiet sign with its reason", () => {
  const whole = { recording: true, log_oldest: 0, log_cap_bytes: 256 * 2 ** 20 };
  const words = (console: Parameters<typeof historySigns>[0], engine = "ghostty"): string[] =>
    historySigns(console, engine, clock).map((sign) => sign.words);
  assert.deepEqual(words(whole), []);
  assert.deepEqual(words({ recording: true }), [], "an older keeper does not say");
  assert.deepEqual(words(whole, "log"), ["Partial history"]);
  assert.deepEqual(words({ ...whole, log_oldest: 52 * 2 ** 20 }), ["The first 52\u00a0MiB are gone"]);
  assert.deepEqual(words({ ...whole, recording: false, never_record: true, log_oldest: 9000 }, "log"), [
    "Never recorded", "Partial history", "The first 8.8\u00a0KiB are gone",
  ]);
  const never = (from: number): string =>
    historySigns({ recording: false, never_record: true, unrecorded: { from, at: 7, why: "never" } }, "ghostty", clock)[0]?.why ?? "";
  assert.match(never(0), /^Nothing that it prints is written to the disk/);
  assert.match(never(0), /newest 4.MiB of it stay in memory, for the screen and for downloading, until/);
  const trimmed = historySigns({ ...whole, never_record: true, log_oldest: 1 }, "ghostty", clock);
  assert.equal(trimmed[1]?.why, "The newest output is kept; the oldest goes first.", "no cap on the disk");
  assert.match(never(500), /^Since at 7 nothing that it prints/);
  assert.match(historySigns({ ...whole, log_oldest: 1 }, "ghostty", clock)[0]?.why ?? "", /kept, up to 256.MiB compressed; the oldest goes first/);
});
