/** The bar of a command and the terminal under it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal } from "@xterm/xterm";
import type { Card } from "../src/told";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const PRINTED = Array.from({ length: 40 }, (_, at) => `line ${at}\r\n`).join("");
const nothing = { getItem: () => null, setItem: () => {} };
const element = (): object => ({ style: {}, append: () => {}, hidden: false });
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { hidden: false, adoptedStyleSheets: [], createElement: element, getElementById: () => ({ textContent: JSON.stringify(BOOT) }) }),
  window: new EventTarget(),
  innerWidth: 800,
  innerHeight: 600,
  addEventListener: () => {},
  CSSStyleSheet: class { replaceSync(): void {} },
  matchMedia: () => Object.assign(new EventTarget(), { matches: false }),
  localStorage: nothing,
  sessionStorage: nothing,
  location: { href: "http://localhost/" },
  fetch: async (path: string) =>
    path.includes("/map") ? Response.json({ sizes: [] }) : new Response(PRINTED, { headers: { "X-Log-Start": "0", "X-Log-End": String(PRINTED.length) } }),
  ...("navigator" in globalThis ? {} : { navigator: { platform: "", userAgent: "" } }),
});
const { Gutter } = await import("../src/cards/gutter");

const [ROWS, ROW_PX] = [20, 20];
const card = { id: 1, console: "c", start: 0, end: 9, state: "ended" } as Card;

/** A gutter, 100 rows of which the first 20 are in sight, and a bar of two rows while a command is gone to. */
function gutterAt(row: number | null) {
  const box = (height: number): object => ({ left: 0, top: 0, width: 800, height, bottom: height });
  const style = { translate: "" };
  const root = { style, append: () => {}, clientHeight: ROWS * ROW_PX, scrollTop: 0, scrollLeft: 0, parentElement: null,
    getBoundingClientRect: () => box(ROWS * ROW_PX), querySelector: () => ({ getBoundingClientRect: () => box(ROWS * ROW_PX) }) };
  const active = { type: "normal", viewportY: 0, baseY: 80, cursorY: 19 };
  const listening = { dispose: () => {} };
  const scrollTo = (to: number): void => { active.viewportY = Math.max(0, Math.min(active.baseY, to)); };
  const hears: ((buffer: typeof active) => void)[] = [];
  const hear = (one: (typeof hears)[0]): object => (hears.push(one), listening);
  const term = { cols: 80, rows: ROWS, buffer: { active, normal: active, onBufferChange: hear }, onRender: () => listening,
    parser: { registerOscHandler: () => listening }, scrollToLine: scrollTo, scrollLines: (by: number) => scrollTo(active.viewportY + by),
    scrollToTop: () => scrollTo(0), scrollToBottom: () => scrollTo(active.baseY) };
  const gutter = new Gutter({ term, root, consoleId: "c" } as unknown as ConstructorParameters<typeof Gutter>[0]);
  gutter.rowOf = () => row;
  gutter.bar = { getBoundingClientRect: () => box(gutter.current.peek() ? 2 * ROW_PX : 0) } as Element;
  const change = (type: string): void => hears.forEach((one) => one(Object.assign(active, { type })));
  return { gutter, style, term, active, change };
}

test("the terminal makes no room any more for a bar that was closed, also of a command that it does not hold", () => {
  const { gutter, style, term } = gutterAt(null);
  gutter.show(card);
  assert.equal(style.translate, "0 40px");
  gutter.show(null);
  term.scrollToBottom();
  gutter.barChanged();
  assert.equal(style.translate, "");
});

test("a bar that comes covers no row that was gone to, and moves nothing once somebody scrolled on", () => {
  const { gutter, term, active } = gutterAt(30);
  term.scrollToLine(29);
  gutter.show(card);
  gutter.barChanged();
  assert.equal(active.viewportY, 25, "a quarter of the rows below the top");
  term.scrollToLine(29);
  gutter.barChanged();
  assert.equal(active.viewportY, 29);
});

test("no bar stays over a program that takes the whole screen", () => {
  const { gutter, change } = gutterAt(30);
  gutter.show(card);
  change("normal");
  assert.equal(gutter.current.peek(), card);
  change("alternate");
  assert.equal(gutter.current.peek(), null);
});

test("a command that was gone to before its row was found is in sight once it is, unless somebody scrolled on", async () => {
  for (const scrolled of [false, true]) {
    const term = new Terminal({ cols: 80, rows: 5, allowProposedApi: true });
    await new Promise<void>((done) => term.write(PRINTED, done));
    const channel = { state: { peek: () => "live" }, parsed: PRINTED.length, onCaughtUp: () => {} };
    const root = { append: () => {}, querySelector: () => null, style: {} };
    const gutter = new Gutter({ term, root, consoleId: "c", channel } as unknown as ConstructorParameters<typeof Gutter>[0]);
    const run = { id: 1, console: "c", start: PRINTED.indexOf("line 20"), end: null, kind: "run", state: "running" } as Card;
    gutter.take([run]);
    gutter.step(-1);
    assert.deepEqual([gutter.current.peek()?.id, gutter.rowOf(run), term.buffer.active.viewportY], [1, null, 0]);
    if (scrolled) term.scrollLines(3);
    await new Promise<void>((done) => gutter.current.subscribe((now) => { if (now !== run) done(); })); // the bar says it anew
    assert.deepEqual([gutter.rowOf(run), term.buffer.active.viewportY], [20, scrolled ? 3 : 19]);
  }
});

const mark = (what: string, id: number): string => `\x1b]133;${what};ide=${"k".repeat(32)}-${id};t=${id}\x07`;
const typed = (id: number): string => `$ ${mark("B", id)}true\r\n${mark("C", id)}`;

/** A terminal of 5 rows whose commands 1 and 2 are known. */
function watched() {
  const term = new Terminal({ cols: 80, rows: 5, allowProposedApi: true });
  const root = { append: () => {}, querySelector: () => null, style: {} };
  const channel = { state: { peek: () => "live" }, parsed: 0, onCaughtUp: () => {} };
  const gutter = new Gutter({ term, root, consoleId: "c", channel } as unknown as ConstructorParameters<typeof Gutter>[0]);
  const commands = [1, 2].map((id) => ({ id, console: "c", kind: "command", state: "ended", start: id, end: id, started: id }) as Card);
  gutter.take(commands);
  return { term, gutter, rows: () => commands.map((one) => gutter.rowOf(one)), write: (text: string) => new Promise<void>((done) => term.write(text, done)) };
}

test("a row that something was printed over, or that two commands claim, is no command's", async () => {
  const { rows, write } = watched();
  await write(`${typed(1)}out\r\n${typed(2)}`);
  assert.deepEqual(rows(), [0, 2]);
  await write("\x1b[H\x1b[Kanother");
  assert.deepEqual(rows(), [null, 2]);
  const other = watched();
  await other.write(`${typed(1)}\x1b[A\r${typed(2)}`);
  assert.deepEqual(other.rows(), [null, null]);
});

test("a step back leads to the beginning of a command that is above what is in sight, then to the one before", async () => {
  const { term, gutter, write } = watched();
  await write(`${typed(1)}${typed(2)}${PRINTED}`);
  gutter.step(-1);
  term.scrollToBottom();
  const steps = [1, 2].map(() => [gutter.step(-1), gutter.current.peek()?.id, term.buffer.active.viewportY]);
  assert.deepEqual(steps, [[true, 2, 0], [true, 1, 0]]);
});
