/** What the search over everything shows and says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, chosenIn, extended, foundWords, type Group, leftOf, missedWords, sectionsOf } from "../src/core/everything";

const group = (more: Partial<Group>): Group => ({
  console: "a", title: "Bash", epoch: "e", title_parts: null, hits: [], count: 0, more: false, left: null, ...more,
});
const hit = (at: number): Group["hits"][number] => ({ at, time: 100 + at, parts: ["", "word", ""] });
const answer = (more: Partial<Answer>): Answer => ({ consoles: [], unsearched: [], failed: "", ...more });
const command = { id: 3, console: "a", epoch: "e", first: 40, started: 7, parts: ["", "make", ""] };

test("commands come first, then each console with its title, lines and the way to more", () => {
  const sections = sectionsOf(answer({
    commands: [command], commands_more: true,
    consoles: [group({ title_parts: ["", "Ba", "sh"], hits: [hit(9), hit(4)], count: 100, more: true }), group({ console: "b", hits: [hit(1)], count: 1 })],
  }), false, (id) => (id === "a" ? "htop" : undefined));
  assert.deepEqual(sections.map(({ title, detail }) => `${title}: ${detail}`), ["Commands: 1+", "htop: 100+ lines", "Bash: 1 line"], "as their tabs are called");
  assert.equal(sections[0]?.rows[0]?.where, "htop");
  const [ran, first, second] = sections.map(({ rows }) => rows.map(({ place }) => place && place.at));
  assert.deepEqual([ran, first, second], [[40], [null, 9, 4, null], [1]]);
  assert.equal(sections[1]?.rows.at(-1)?.place, null);
  assert.equal(new Set(sections.flatMap(({ rows }) => rows.map(({ key }) => key))).size, 6);
});

test("more of a console goes behind what there was", () => {
  const before = answer({ consoles: [group({ hits: [hit(9)], count: 100, more: true }), group({ console: "b", count: 1 })] });
  const more = answer({ consoles: [group({ hits: [hit(5), hit(2)], count: 2 })] });
  const [after, other] = extended(before, "a", more).consoles;
  const [twice] = extended(extended(before, "a", more), "a", more).consoles;
  assert.deepEqual(twice?.hits, after?.hits, "Enter was pressed twice before the answer came");
  assert.deepEqual(after?.hits.map(({ at }) => at), [9, 5, 2]);
  assert.deepEqual([after?.more, after?.count], [false, 3], "nothing is left to be asked for");
  assert.equal(other?.console, "b");
  assert.equal(extended(before, "a", answer({})).consoles[0]?.more, false, "there were no more");
  const counted = answer({ consoles: [group({ hits: [hit(9)], count: 8 })] });
  const some = answer({ consoles: [group({ hits: [hit(5), hit(2)], count: 7 })] });
  for (const now of [extended(counted, "a", some), extended(extended(counted, "a", some), "a", some)]) {
    assert.equal(now.consoles[0]?.count, 8, "five lines more are known");
    assert.equal(sectionsOf(now, false)[0]?.rows.at(-1)?.place, null);
  }
});

test("what was found is said in figures, and that nothing was", () => {
  assert.equal(foundWords(answer({})), "Nothing found that has all of these words in one line.");
  assert.equal(foundWords(answer({ consoles: [group({ more: true, left: { at: 3, time: 9 } })] })), "");
  assert.equal(foundWords(answer({ commands: [command], consoles: [group({ count: 1 })] })), "1 command, 1 line in 1 console.");
  const many = [group({ count: 100, more: true, title_parts: ["x"] }), group({ console: "b", count: 12 })];
  assert.equal(foundWords(answer({ consoles: many })), "112+ lines in 2 consoles, 1 title.");
});

test("what was not searched is said, with how late indexing is", () => {
  assert.deepEqual(missedWords(answer({}), 1000), []);
  const late = { console: "a", bytes: 3 << 20, dropped: false, from: 1000 };
  const behind = answer({ unsearched: [late, { ...late, from: null }] });
  assert.deepEqual(missedWords(behind, 1190), ["Indexing is 3 min behind: 6.0\u00a0MiB are not searched yet."]);
  assert.deepEqual(missedWords(behind, 1010), ["Indexing is a moment behind: 6.0\u00a0MiB are not searched yet."]);
  const [gone, failed, locked] = missedWords(answer({
    unsearched: [{ ...late, dropped: true }], failed: "disk I/O error", commands_failed: "database is locked",
  }), 1190);
  assert.match(gone ?? "", /^The oldest 3\.0.MiB are not in the index any more\./);
  assert.match(failed ?? "", /disk I\/O error/);
  assert.match(locked ?? "", /Commands .*database is locked/);
  assert.deepEqual(missedWords(answer({ commands_more: true }), 1190), ["Older commands were not searched."]);
});

test("what there was no time for is gone on with, the newest first, and what is in sight stays where it is", () => {
  const pending = (console: string, at: number): Group => group({ console, more: true, left: { at, time: at } });
  const first = answer({ consoles: [group({ console: "a", hits: [hit(90)], count: 1, more: true }), pending("b", 40), pending("c", 70)] });
  assert.equal(leftOf(first.consoles)?.console, "c");
  assert.deepEqual(missedWords(first, 1000, true), ["Searching on…"]);
  assert.match(missedWords(first, 1000)[0] ?? "", /^Searched back to .*: there may be more\./);
  assert.deepEqual(sectionsOf(first, true).map(({ key }) => key), ["a"]);
  const [, on] = sectionsOf(first, false);
  assert.deepEqual(on?.rows.map(({ parts, place, console }) => [parts[0], place, console]), [["Search on", null, ""]]);
  const further = extended(first, "c", answer({ consoles: [pending("c", 30)], unsearched: [{ console: "c", bytes: 5, dropped: false, from: 1 }] }));
  assert.equal(leftOf(further.consoles)?.console, "b");
  assert.equal(further.unsearched.length, 1);
  const found = extended(further, "b", answer({ consoles: [group({ console: "b", hits: [hit(20)], count: 100, more: true })] }));
  assert.deepEqual(sectionsOf(found, true).map(({ key, detail }) => `${key} ${detail}`), ["a 1+ lines", "b 100+ lines"]);
  const whole = extended(found, "c", answer({}));
  assert.deepEqual([leftOf(whole.consoles), whole.consoles.map(({ console }) => console)], [undefined, ["a", "b"]]);
  const none = extended(answer({ consoles: [pending("b", 40)] }), "b", answer({}));
  assert.match(foundWords(none), /^Nothing found/);
});

test("each piece tells anew what is not searched further back, and what was passed stays", () => {
  const gap = (from: number, bytes: number, console = "c"): Answer["unsearched"][number] => ({ console, bytes, dropped: false, from });
  const [passed, other] = [gap(80, 7), gap(10, 3, "b")];
  const first = answer({ consoles: [group({ console: "c", more: true, left: { at: 70, time: 70 } })], unsearched: [passed, gap(10, 900), other] });
  const piece = answer({ consoles: [group({ console: "c", hits: [hit(30)], count: 1 })], unsearched: [gap(80, 2), gap(10, 500), gap(20, 9)], failed: "locked" });
  const after = extended(first, "c", piece);
  assert.deepEqual(after.unsearched, [passed, other, gap(10, 500), gap(20, 9)]);
  assert.equal(after.failed, "locked");
  assert.equal(extended({ ...first, failed: "disk" }, "c", answer({})).failed, "disk");
});

test("a piece in which nothing was looked at changes nothing", () => {
  const first = answer({ consoles: [group({ more: true, left: { at: 70, time: 70 } })] });
  assert.equal(extended(first, "a", first), first);
  assert.deepEqual(extended(first, "a", { ...first, failed: "locked" }), { ...first, failed: "locked" });
  assert.notEqual(extended(first, "a", answer({ consoles: [group({ more: true, left: { at: 69, time: 70 } })] })), first);
});

test("the row that was chosen stays so when others come above it", () => {
  const titled = group({ console: "a", title_parts: ["", "Ba", "sh"], more: true, left: { at: 9, time: 9 } });
  const before = answer({ consoles: [titled, group({ console: "b", hits: [hit(1)], count: 1 })] });
  const rows = (one: Answer): ReturnType<typeof sectionsOf>[number]["rows"] => sectionsOf(one, true).flatMap((section) => section.rows);
  const { key } = rows(before)[1] ?? {};
  const after = rows(extended(before, "a", answer({ consoles: [{ ...titled, hits: [hit(5)], count: 1, more: false, left: null }] })));
  assert.deepEqual([after[1]?.key === key, chosenIn(after, { at: 1, key })], [false, 2]);
  assert.deepEqual([chosenIn(after, { at: 1 }), chosenIn(after, { at: 7, key: "gone" }), chosenIn([], { at: 0 })], [1, 2, -1]);
});
