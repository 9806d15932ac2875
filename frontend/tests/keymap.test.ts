/** The map of the page's own keys, gone through: nothing reserved, nothing that types a character. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keysOf, wordsOf } from "../src/core/key_words";
import { type Action, chordOf, isPrograms, KEYMAP, meaningOf, type Pressed } from "../src/core/keymap";

const NO_KEY: Pressed = { key: "", code: "", ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };
const press = (key: string, code: string, ...mods: ("ctrlKey" | "altKey" | "shiftKey" | "metaKey")[]): string =>
  chordOf({ ...NO_KEY, key, code, ...Object.fromEntries(mods.map((mod) => [mod, true])) });

/** What browsers and systems keep, or may keep: nothing may rely on it. */
const RESERVED = new Set([
  ..."wtnqhlr".split("").flatMap((key) => [`Meta+${key}`, `Ctrl+${key}`]),
  "Meta+Tab", "Meta+Space", "Ctrl+Space", "Ctrl+Tab", "Ctrl+Shift+Tab", "Meta+Shift+BracketLeft", "Meta+Shift+BracketRight", "Ctrl+PageUp", "Ctrl+PageDown",
  ..."123456789".split("").map((key) => `Meta+${key}`),
  ..."tnw".split("").flatMap((key) => [`Ctrl+Shift+${key}`, `Meta+Shift+${key}`]),
]);

const all = KEYMAP.flatMap(({ action, apple, others }) => [...apple, ...others].map((chord) => ({ action, chord })));
const steps = all.flatMap(({ action, chord }) => chord.split(">").map((step, at) => ({ action, step, at })));

test("no chord is reserved", () => {
  for (const { action, step } of steps) assert.ok(!RESERVED.has(step), `${action}: ${step}`);
});

test("Alt, Option and AltGraph type characters: only arrows are bound with them", () => {
  for (const { action, step } of steps.filter(({ step }) => step.includes("Alt+"))) assert.match(step, /^Ctrl\+Alt\+Arrow\w+$/, action);
});

test("a first key without a modifier is a function key: others type", () => {
  for (const { action, step } of steps.filter(({ at }) => at === 0)) assert.match(step, /^(Shift\+)?F\d+$|Ctrl\+|Meta\+/, action);
});

test("a chord means one thing on one keyboard, and none begins another", () => {
  for (const side of ["apple", "others"] as const) {
    const chords = KEYMAP.flatMap((one) => one[side]);
    assert.equal(new Set(chords).size, chords.length, side);
    for (const chord of chords) assert.ok(!chords.some((other) => other.startsWith(`${chord}>`)), chord);
  }
});

test("every chord of the map is what chordOf writes for its key", () => {
  assert.equal(press("P", "KeyP", "metaKey", "shiftKey"), "Meta+Shift+p");
  assert.equal(press("P", "KeyP", "ctrlKey", "shiftKey"), "Ctrl+Shift+p");
  assert.equal(press(".", "Period", "metaKey"), "Meta+Period");
  assert.equal(press("\u0060", "Backquote", "ctrlKey"), "Ctrl+Backquote");
  assert.equal(press("ArrowRight", "ArrowRight", "ctrlKey", "altKey"), "Ctrl+Alt+ArrowRight");
  assert.equal(press("F6", "F6", "shiftKey"), "Shift+F6");
  assert.equal(press("w", "KeyW"), "w");
  const order = /^(Ctrl\+)?(Alt\+)?(Meta\+)?(Shift\+)?([a-z0-9]|[A-Z]\w+)$/;
  for (const { action, step } of steps) assert.match(step, order, action);
});

test("letters follow the layout, punctuation the place of its key", () => {
  assert.equal(press("s", "KeyO", "metaKey"), "Meta+s"); // Dvorak
  assert.equal(press("ö", "Backquote", "ctrlKey"), "Ctrl+Backquote");
  assert.equal(press("+", "BracketRight", "metaKey"), "Meta+Equal"); // German
  assert.equal(press("-", "Slash", "metaKey"), "Meta+Minus");
  assert.equal(press("+", "Equal", "metaKey", "shiftKey"), "Meta+Shift+Equal");
});

test("the second key decides", () => {
  assert.equal(meaningOf("Meta+k", "", true), "more");
  assert.equal(meaningOf("Meta+k", "", false), null);
  assert.deepEqual(meaningOf("w", "Meta+k", true), { action: "close-tab", key: "w" });
  assert.deepEqual(meaningOf("3", "Ctrl+k", false), { action: "tab-n", key: "3" });
  assert.equal(meaningOf("x", "Ctrl+k", false), null);
  assert.equal(meaningOf("w", "", true), null);
});

test("Ctrl with one key belongs to a console's program, and its own search to a console", () => {
  for (const chord of ["Ctrl+b", "Ctrl+j", "Ctrl+k", "Ctrl+p", "Ctrl+s", "Ctrl+Enter", "Ctrl+Shift+f"]) assert.ok(isPrograms(chord), chord);
  for (const chord of ["Ctrl+Backquote", "Ctrl+Shift+p", "Meta+b", "F6", "Ctrl+Alt+ArrowLeft"]) assert.ok(!isPrograms(chord), chord);
});

test("keys as a person reads them", () => {
  assert.equal(wordsOf("Ctrl+k>w", false), "Ctrl K, then W");
  assert.equal(wordsOf("Ctrl+Alt+ArrowRight", true), "Ctrl Option →");
  assert.equal(keysOf("palette", false), "F1");
  assert.equal(keysOf("palette", true), "Cmd Shift P");
  assert.equal(keysOf("stop", false), "");
  const actions = new Set(KEYMAP.map(({ action }) => action));
  for (const action of actions) assert.ok(keysOf(action as Action, true), action);
});
