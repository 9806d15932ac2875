import assert from "node:assert/strict";
import test from "node:test";
import { Journal, reportOf } from "../src/diagnostics/journal";

const NOON = (): Date => new Date("2026-01-02T12:00:00.250Z");

test("the newest line is the first, and each has its time", () => {
  let shown = "";
  const journal = new Journal(NOON, (text) => (shown = text));
  journal.add("one");
  journal.add("two");
  assert.equal(shown, "12:00:00.250 two\n12:00:00.250 one");
  journal.clear();
  assert.equal(shown, "");
});

test("a journal is bounded in lines and in their length", () => {
  const journal = new Journal(NOON);
  for (let at = 0; at < 1000; at += 1) journal.add("x".repeat(10_000));
  assert.ok(journal.text.length <= 300 * 320);
});

test("a report has the facts by section and says where nothing happened", () => {
  const text = reportOf("Report", { Device: { screen: "1 × 2" } }, { Keys: "", Socket: "12 open" });
  assert.equal(text, "Report\n\n## Device\nscreen: 1 × 2\n\n## Keys\nnothing yet\n\n## Socket\n12 open\n");
});
