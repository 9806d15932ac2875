/** The list of what ran: what is asked for, and how pages and news come together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ANYTHING, asksForAnything, fits, MOST_HELD, NONE, queryOf, type RunList, type Wanted, withNewest, withOlder, withTold } from "../src/core/run_list";
import type { Card } from "../src/told";

const card = (id: number, more: Partial<Card> = {}): Card => ({
  id, console: "c", kind: "command", command: `make ${id}`, cwd: "/home/user", interpreter: "/bin/bash", state: "ended", started: id, ended: id + 1,
  cpu_seconds: 0.5, peak_bytes: null, peak_how: null, how: "exit", status: 0, exception: null, epoch: "e", start: 0, end: 1, ...more,
});
const down = (from: number, to: number): Card[] => Array.from({ length: from - to + 1 }, (_, at) => card(from - at));
const ids = ({ cards, more }: RunList): string => `${cards.map(({ id }) => id).join(" ")}${more ? " …" : ""}`;
const asking = (more: Partial<Wanted>): Wanted => ({ ...ANYTHING, ...more });

test("what is asked of the server, and whether it is anything", () => {
  assert.equal(queryOf(ANYTHING, null, 50), "limit=50");
  assert.equal(queryOf(asking({ text: " a&b ", console: "c", kind: "run", state: "failed" }), 7, 9), "limit=9&text=a%26b&console=c&kind=run&state=failed&before=7");
  assert.ok(asksForAnything(asking({ text: "  " })));
  assert.ok(!asksForAnything(asking({ state: "failed" })));
});

test("a card fits as the server would find it", () => {
  assert.ok(fits(card(1, { command: "MAKE it" }), asking({ text: "make" })));
  assert.ok(!fits(card(1, { command: "Übung" }), asking({ text: "übung" })), "SQLite knows the cases of ASCII alone");
  assert.ok(!fits(card(1), asking({ console: "d" })));
  assert.ok(!fits(card(1), asking({ kind: "run" })));
  assert.ok(!fits(card(1), asking({ state: "running" })));
  assert.ok(!fits(card(1), asking({ state: "failed" })));
  assert.ok(fits(card(1, { status: 2 }), asking({ state: "failed" })));
});

test("older pages come below, without what is there already", () => {
  const first = withOlder(NONE, { cards: down(9, 7), more: true });
  assert.equal(ids(first), "9 8 7 …");
  assert.equal(ids(withOlder(first, { cards: down(8, 5), more: false })), "9 8 7 6 5");
  const many = withOlder(NONE, { cards: down(MOST_HELD + 9, 1), more: false });
  assert.deepEqual([many.cards.length, many.more], [MOST_HELD, true]);
});

test("what begins comes to the top, what ends is told in its place and stays", () => {
  const list: RunList = { cards: down(5, 4), more: true };
  const wanted = asking({ state: "running" });
  const running = withTold(list, card(6, { state: "running" }), wanted);
  assert.equal(ids(running), "6 5 4 …");
  const over = withTold(running, card(6, { status: 1 }), wanted);
  assert.deepEqual([ids(over), over.cards[0]?.status], ["6 5 4 …", 1]);
  assert.equal(withTold(list, card(7), wanted), list, "it never fitted");
  assert.equal(withTold(list, card(2), ANYTHING), list, "its page was not asked for yet");
  assert.equal(ids(withTold({ ...list, more: false }, card(2), ANYTHING)), "5 4 2");
});

test("after a gap a new first page joins what is held, or takes its place where something is missing between", () => {
  const list: RunList = { cards: down(9, 1), more: true };
  assert.equal(ids(withNewest(list, { cards: down(11, 8), more: true })), "11 10 9 8 7 6 5 4 3 2 1 …");
  assert.equal(ids(withNewest(list, { cards: down(30, 20), more: true })), "30 29 28 27 26 25 24 23 22 21 20 …");
  assert.equal(ids(withNewest(list, { cards: down(10, 9), more: false })), "10 9", "the others were forgotten");
  assert.equal(ids(withNewest(list, { cards: [], more: false })), "");
});
