import assert from "node:assert/strict";
import test from "node:test";
import type { Terminal } from "@xterm/xterm";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
Object.assign(globalThis, {
  document: { getElementById: () => ({ textContent: JSON.stringify(BOOT) }) },
  localStorage: { getItem: () => null, setItem: () => {} },
  matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  getComputedStyle: () => ({ getPropertyValue: () => "0px" }),
});
const { Fitting } = await import("../src/console/fitting");

const LETTER_PX = 20;

/** The terminal of an ended console, of 24 rows in a pane that holds 10. */
function ended() {
  const screen = { offsetHeight: 24 * LETTER_PX, getBoundingClientRect: () => ({ width: 800, height: 24 * LETTER_PX }) };
  const term = {
    cols: 80,
    rows: 24,
    options: { disableStdin: true, fontSize: 15 },
    buffer: { active: { type: "normal", cursorY: 0, baseY: 0, getLine: () => undefined } },
    element: { querySelector: () => screen, style: {} },
    resize: (cols: number, rows: number) => Object.assign(term, { cols, rows }),
  };
  const root = { isConnected: true, clientWidth: 800, clientHeight: 10 * LETTER_PX, classList: { toggle: () => {}, contains: () => true }, querySelector: () => screen };
  return { term, fitting: new Fitting(root as unknown as HTMLElement, term as unknown as Terminal, () => true) };
}

test("the grid that a snapshot was drawn for stays until all of it is there, whatever asks for another meanwhile", () => {
  const { term, fitting } = ended();
  fitting.take(80, 24);
  fitting.drawing = true;
  fitting.fit();
  assert.equal(term.rows, 24);
  fitting.drawing = false;
  fitting.fit();
  assert.equal(term.rows, 10);
});
