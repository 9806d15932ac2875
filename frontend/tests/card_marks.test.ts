/** Commands beside the rows of a terminal: whose mark it is, and where they stand in output that is printed again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Terminal } from "@xterm/xterm";
import headless from "@xterm/headless";
import { freeRow } from "../src/cards/free_row";
import { linesOf, topOf } from "../src/cards/lines";
import { rowsAt, type Wanted } from "../src/cards/replay";
import { followMarks } from "../src/cards/rows_of_commands";
import { Standing } from "../src/cards/standing";
import { onEmptied, rowsOf } from "../src/console/rows";
import { alone, begunOf, cardSentence, factsOf, markOf, nearest, neighbour, shortCommand } from "../src/core/card_marks";
import { sameRows } from "../src/core/same_rows";
import type { Card } from "../src/told";

const KEY = "0123456789abcdef0123456789abcdef";
const card: Card = {
  id: 1, console: "c", kind: "command", command: "make", cwd: "/", interpreter: "bash", state: "ended", started: 100, ended: 103.2, cpu_seconds: null,
  peak_bytes: null, peak_how: null, how: "exit", status: 0, exception: null, epoch: "e", start: 1000, end: 2000,
};

test("a mark is one only as our shells print it", () => {
  assert.deepEqual(markOf(`B;ide=${KEY}-3`), { what: "B", id: `${KEY}-3`, at: null });
  assert.deepEqual(markOf(`C;ide=${KEY}-3;t=1763.000001`), { what: "C", id: `${KEY}-3`, at: 1763.000001 });
  assert.deepEqual(markOf(`C;ide=${KEY}-3;t=1763,5;command=1%2B1`), { what: "C", id: `${KEY}-3`, at: 1763.5 }, "a comma, as some languages have it");
  for (const other of ["C", "C;", "C;ide=short-3", `A;s=0;ide=${KEY}-3;t=1`, `D;0;ide=${KEY}-3;t=1`, `C;ide=${KEY}-3;T=1`, "P;k=i"]) assert.equal(markOf(other), null, other);
});

test("a mark belongs to the card of its time and place, whoever prints the like before or after", () => {
  const begun = [{ at: 99, from: 900 }, { at: 100, from: 90_000 }, { at: 100, from: 900 }, { at: 100, from: 950 }];
  assert.equal(begunOf(card, begun), 2);
  assert.equal(begunOf(card, begun.slice(0, 2)), -1);
  assert.equal(begunOf({ start: 1000, started: 100.000001 }, begun), -1);
});

test("a command in words", () => {
  assert.equal(cardSentence(card, 999), "finished after 3.2\u00a0s");
  assert.equal(cardSentence({ ...card, status: 2 }, 999), "failed (2) after 3.2\u00a0s");
  assert.equal(cardSentence({ ...card, state: "running", ended: null, how: null, status: null }, 112), "running for 12\u00a0s");
});

test("all that is known of a command, in one wording", () => {
  assert.match(factsOf(card, 999).join("|"), /^Finished after 3\.2\u00a0s, began [^|]+$/);
  assert.equal(factsOf({ ...card, cpu_seconds: 1.2, peak_bytes: 2 ** 20, peak_how: "sampled" }, 999)[1], "1.2\u00a0s of CPU, 1.0\u00a0MiB of memory at most (sampled)");
});

test("the lines of a command end where the next was typed, or at the prompt; nobody knows where the next has no row", () => {
  const cards = [1, 2, 3].map((id) => ({ ...card, id }));
  const gutter = (...rows: (number | null)[]) => ({
    cards, rowOf: ({ id }: Card) => rows[id - 1] ?? null, terminal: { term: { buffer: { normal: { baseY: 40, cursorY: 9 } } } },
  }) as unknown as Parameters<typeof linesOf>[0];
  const [first, , last] = cards as [Card, Card, Card];
  assert.deepEqual(linesOf(gutter(3, 10, 20), first), { first: 3, end: 10 });
  assert.deepEqual(linesOf(gutter(3, 10, 20), last), { first: 20, end: 49 });
  assert.deepEqual(linesOf(gutter(3, 10, 20), { ...last, state: "running" }), { first: 20, end: 50 });
  assert.deepEqual(linesOf(gutter(3, 10, 49), last), { first: 49, end: 50 }, "its own row at the least");
  assert.equal(linesOf(gutter(3, null, 20), first), null);
  assert.equal(linesOf(gutter(null, 10, 20), first), null);
});

test("all of a command's lines come into sight, or where they are too many the last of them", () => {
  assert.equal(topOf({ first: 50, end: 60 }, 24, 6), 44);
  assert.equal(topOf({ first: 2, end: 12 }, 24, 6), 0);
  assert.equal(topOf({ first: 50, end: 200 }, 24, 6), 177, "the row below them is the last one in sight");
});

test("a name of a command is short, and cut between characters", () => {
  assert.equal(shortCommand({ command: "make\ntest" }), "make ⏎ test");
  assert.equal(shortCommand({ command: "🙂".repeat(90) }), `${"🙂".repeat(80)}…`);
});

test("from command to command, and back to the prompt", () => {
  const all = [{ id: 5, row: 3 }, { id: 7, row: 9 }];
  const [first, second] = all;
  assert.equal(neighbour(all, null, -1), second);
  assert.equal(neighbour(all, 7, -1), first);
  assert.equal(neighbour(all, 5, -1), first, "the oldest stays");
  assert.equal(neighbour(all, 5, 1), second);
  assert.equal(neighbour(all, 7, 1), null);
  assert.equal(neighbour(all, null, 1), null);
  assert.equal(neighbour(all, 6, -1), second, "one that is held no more");
  assert.equal(neighbour([], null, -1), null);
});

test("a finger means the nearest command within its reach", () => {
  const all = [{ id: 1, row: 4 }, { id: 2, row: 6 }];
  assert.equal(nearest(all, 5.1, 1.2)?.id, 2);
  assert.equal(nearest(all, 5, 1.2)?.id, 1);
  assert.equal(nearest(all, 7.3, 1.2), null);
});

test("a row that two commands claim is nobody's", () => {
  const all = [{ id: 3, row: 9 }, { id: 1, row: 4 }, { id: 2, row: 4 }, { id: 4, row: 2 }, { id: 5, row: 4 }];
  assert.deepEqual(alone(all).map(({ id }) => id), [4, 3]);
});

const C = (number: number): string => `\x1b]133;C;ide=${KEY}-${number};t=${number}\x1b\\`;
const B = (number: number): string => `\x1b]133;B;ide=${KEY}-${number}\x1b\\`;

/** A session: what is printed, with a card at each `|`. */
function session(text: string): { data: Uint8Array; wanted: { id: number; start: number; kind: "command" }[] } {
  const [head = "", ...rest] = text.split("|");
  let all = head;
  const wanted = rest.map((part, at) => {
    const start = Buffer.byteLength(all);
    all += part;
    return { id: at, start, kind: "command" as const };
  });
  return { data: Buffer.from(all), wanted };
}

const terminal = (rows = 6): Terminal => new headless.Terminal({ cols: 20, rows, scrollback: 50, allowProposedApi: true }) as unknown as Terminal;

/** What stands in the rows of the commands, once all is printed. */
async function found(term: Terminal, data: Uint8Array, wanted: readonly Wanted[]): Promise<(readonly [id: number, text: string | undefined])[]> {
  const { rows } = await rowsAt(term, { first: 0, data, sizes: [] }, wanted);
  return [...rows].sort(([a], [b]) => a - b).map(([id, row]) => [id, term.buffer.normal.getLine(row)?.translateToString(true)] as const);
}

test("commands are found at the rows of their prompts, wrapped or with a prompt of two lines, after output of any length", async () => {
  const long = "x".repeat(30);
  const lines = Array.from({ length: 12 }, (_, at) => `line ${at}\r\n`).join("");
  const { data, wanted } = session(`$ ${B(1)}true\r\n${C(1)}|~/src\r\n$ ${B(2)}echo ${long}\r\n${C(2)}|${long}\r\n$ ${B(3)}seq\r\n${C(3)}|${lines}$ ${B(4)}`);
  const term = terminal();
  assert.deepEqual(await found(term, data, wanted), [[0, "$ true"], [1, `$ echo ${"x".repeat(13)}`], [2, "$ seq"]]);
});

test("what was cleared, scrolled away, or runs on another screen has no row", async () => {
  const lines = "line\r\n".repeat(80);
  const { data, wanted } = session(`$ ${B(1)}old\r\n${C(1)}|${lines}$ ${B(2)}clear\r\n${C(2)}|\x1b[H\x1b[2J\x1b[3J$ ${B(3)}vim\r\n${C(3)}|\x1b[?1049h$ ${B(4)}inside\r\n${C(4)}|\x1b[?1049l$ ${B(5)}`);
  assert.deepEqual(await found(terminal(), data, wanted), [[2, "$ vim"]]);
});

test("a statement stands where it was entered, a run where its output begins", async () => {
  const { data, wanted } = session(`In [1]: def f():\r\n   ...:   pass\r\n   ...:\r\n${C(1)}|\r\nrun\r\n|first line\r\n`);
  const kinds = wanted.map((one, at) => ({ ...one, kind: at === 0 ? ("statement" as const) : ("run" as const) }));
  assert.deepEqual(await found(terminal(), data, kinds), [[0, "In [1]: def f():"], [1, "first line"]]);
});

test("a prompt that is printed anew takes the mark along", async () => {
  const term = terminal();
  const begun: number[] = [];
  followMarks(term, (_at, { line }) => begun.push(line));
  await new Promise<void>((done) => term.write(`$ ${B(1)}tru\x1b[H\x1b[2J\r\n\r\n$ ${B(1)}true\r\n${C(1)}`, done));
  assert.deepEqual(begun, [2]);
});

test("what stood in a terminal that was begun anew has no row, and its last prompt none that counts", async () => {
  const lines = "line\r\n".repeat(20);
  const term = terminal();
  const begun: number[] = [];
  let emptied = 0;
  followMarks(term, (_at, { line }) => begun.push(line));
  onEmptied(term, () => { emptied += 1; });
  const write = (data: string): Promise<void> => new Promise((done) => term.write(data, done));
  await write(`${lines}$ ${B(1)}vim\r\n${C(1)}\x1b[?1049hinside\x1b[H\x1b[?1049l$ ${B(2)}`);
  assert.deepEqual([begun, emptied], [[20], 0], "leaving a program's screen empties nothing");
  term.reset();
  await write(`$ true\r\n${C(2)}`);
  assert.deepEqual([begun, emptied], [[20, 0], 1], "its prompt came with the snapshot, which has no marks");
  await write("\x1b[?1049hinside\x1bc");
  assert.equal(emptied, 2, "from a program's screen, by the program");

  const { data, wanted } = session(`${lines}$ ${B(1)}reset\r\n${C(1)}|\x1bc$ ${B(2)}true\r\n${C(2)}|$ ${B(3)}`);
  assert.deepEqual(await found(terminal(), data, wanted), [[1, "$ true"]]);
});

const write = (term: Terminal, data: string): Promise<void> => new Promise((done) => term.write(data, done));
const ended = (term: Terminal): { rows: ReturnType<typeof rowsOf>; cursor: number } =>
  ({ rows: rowsOf(term), cursor: term.buffer.active.baseY + term.buffer.active.cursorY });

/** What bash prints when a line is pasted that takes two rows of 20: it goes up one, and draws it again. */
const pasted = (line: string, number: number): string => `$ ${B(number)}\x1b[7m${line}\x1b[27m\x1b[A\r$ ${B(number)}${line}\r\n${C(number)}`;

test("a row that was printed over in a replay says nothing of the rows above it, however alike they read", async () => {
  const line = "echo twenty-one.chars";
  const { data, wanted } = session(`out\r\n$ ${B(1)}true\r\n${C(1)}|$ ${B(2)}true\r\n${C(2)}|$ ${B(3)}true\r\n${C(3)}|${pasted(line, 4)}|out\r\n$ ${B(5)}false\r\n${C(5)}|$ ${B(6)}`);
  const narrow = terminal(12); // 20 wide, as when it was typed
  await write(narrow, data.toString());
  const wide = new headless.Terminal({ cols: 40, rows: 12, scrollback: 50, allowProposedApi: true }) as unknown as Terminal;
  const { rows, unsure } = await rowsAt(wide, { first: 0, data, sizes: [] }, wanted);
  narrow.resize(40, 12);
  assert.equal(rowsOf(narrow).text(3), "$ true");
  const text = (id: number): string | null => {
    const row = sameRows(ended(wide), ended(narrow), [...rows.values()], unsure).get(rows.get(id) ?? -1);
    return row === undefined ? null : `${row} ${rowsOf(narrow).text(row)}`;
  };
  assert.equal(unsure, 3, "down to the row that was printed over");
  assert.deepEqual([0, 1, 2, 3, 4].map(text), [null, null, null, "4 $ echo twenty-one.chars", "6 $ false"]);

  const known = await rowsAt(terminal(8), { first: 0, data, sizes: [[0, 20, 12], [data.length, 40, 12]] }, wanted);
  assert.equal(known.unsure, 0, "as wide as it was typed nothing is printed over");
  assert.deepEqual([...known.rows].sort(([a], [b]) => a - b), [[0, 1], [1, 2], [2, 3], [3, 4], [4, 6]], "and then it is as wide as here");
});

test("a command has no row in a replay where something else was printed over it, or the like of it", async () => {
  for (const [over, kept] of [["another", []], [`$ ${B(2)}true\r\n${C(2)}|`, [[1, 1]]]] as const) {
    const { data, wanted } = session(`out\r\n$ ${B(1)}true\r\n${C(1)}|\x1b[A\r${over}`);
    const { rows, unsure } = await rowsAt(terminal(), { first: 0, data, sizes: [] }, wanted);
    assert.deepEqual([[...rows], unsure], [kept, 1]);
  }
});

test("a command stands in its row through other widths, until something is printed over it", async () => {
  const term = terminal(12);
  const places: Standing[] = [];
  followMarks(term, (_at, marker) => places.push(new Standing(term, marker)));
  await write(term, `out\r\n$ ${B(1)}echo ${"ab ".repeat(9)}\r\n${C(1)}ab\r\n$ ${B(2)}true\r\n${C(2)}$ ${B(3)}`);
  for (const cols of [13, 44, 20]) {
    term.resize(cols, 12);
    assert.deepEqual(places.map(({ holds, row }) => holds && rowsOf(term).text(row).slice(0, 6)), ["$ echo", "$ true"], `${cols} wide`);
  }
  await write(term, "\x1b[A\r\x1b[Kanother");
  assert.deepEqual(places.map(({ holds }) => holds), [true, false]);
  await write(term, "\x1b[H\x1b[2J");
  assert.deepEqual(places.map(({ holds }) => holds), [false, false]);
});

test("a clock stands where its text fits: at the end of the command, of the rows it goes on in, or below them", async () => {
  const term = terminal();
  const write = (data: string): Promise<void> => new Promise((done) => term.write(data, done));
  const { cols } = term;
  await write(`$ short\r\n$ ${"x".repeat(cols - 5)}\r\n\r\n$ ${"y".repeat(cols + 2)}\r\n$ ${"z".repeat(cols - 5)}${"界"}\r\n${"w".repeat(cols)}\r\n`);
  const free = (row: number, cells: number): number | null => freeRow(term, row, cols - cells, cols);
  assert.equal(free(0, 4), 0);
  assert.equal(free(1, 3), 1, "no more cells than its text takes");
  assert.equal(free(1, 4), 2, "nothing was printed below yet");
  assert.equal(free(3, 4), 4, "where the command goes on");
  assert.equal(free(5, 2), null, "a wide character takes two cells, and the row below is full");
});
