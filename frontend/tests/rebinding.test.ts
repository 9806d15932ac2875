/** Keys that a person chooses: none that is kept, types, or means something already. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { chosen, isPrograms, KEYMAP, meaningOf } from "../src/core/keymap";
import { begins, chordsFor, troubleOf } from "../src/core/rebinding";

afterEach(() => { for (const action of Object.keys(chosen)) delete chosen[action as keyof typeof chosen]; });

test("a chosen chord means the action, and the map's own no longer does", () => {
  chosen.save = ["Ctrl+e"];
  assert.deepEqual(meaningOf("Ctrl+e", "", false), { action: "save", key: "Ctrl+e" });
  assert.equal(meaningOf("Ctrl+s", "", false), null);
  assert.equal(troubleOf("Ctrl+s", "run", false), null); // it is free now
  assert.match(troubleOf("Ctrl+e", "run", false) ?? "", /taken: save/);
  chosen["tab-n"] = chordsFor("tab-n", "Ctrl+g");
  assert.deepEqual(meaningOf("3", "Ctrl+g", false), { action: "tab-n", key: "3" });
  assert.equal(meaningOf("Ctrl+g", "", false), "more");
  assert.ok(isPrograms("Ctrl+e"), "a console keeps its keys");
});

test("what is kept, types or is taken will not do", () => {
  for (const chord of ["Ctrl+w", "Meta+t", "Meta+3", "Ctrl+Tab", "Ctrl+Shift+n", "F5"]) assert.match(troubleOf(chord, "save", true) ?? "", /kept/, chord);
  for (const chord of ["Alt+k", "Ctrl+Alt+8", "Alt+BracketLeft"]) assert.match(troubleOf(chord, "save", true) ?? "", /types/, chord);
  for (const chord of ["k", "Shift+k", "Enter", "ArrowUp"]) assert.match(troubleOf(chord, "save", false) ?? "", /typed/, chord);
  for (const chord of ["Ctrl+c", "Meta+v", "Ctrl+Shift+z"]) assert.match(troubleOf(chord, "save", false) ?? "", /in texts/, chord);
  assert.match(troubleOf("Ctrl+b", "save", false) ?? "", /taken: toggle files/);
  assert.match(troubleOf("Ctrl+k", "save", false) ?? "", /taken/, "it begins others");
  assert.match(troubleOf("Ctrl+b>x", "save", false) ?? "", /taken/, "another begins it");
  for (const chord of ["F8", "Shift+F8", "Ctrl+e", "Ctrl+k>v", "Ctrl+Alt+ArrowUp", "Meta+Shift+e"]) assert.equal(troubleOf(chord, "save", false), null, chord);
});

test("the keys an action has already are no trouble for itself, but for those that are in use everywhere", () => {
  for (const { action, apple, others } of KEYMAP) {
    for (const chord of action === "tab-n" ? [] : [...apple]) assert.equal(troubleOf(chord, action, true), null, chord);
    for (const chord of action === "tab-n" ? [] : [...others]) assert.equal(troubleOf(chord, action, false), null, chord);
  }
  assert.equal(troubleOf("Ctrl+k", "tab-n", false), null);
});

test("a second key is waited for where one may follow", () => {
  assert.ok(begins("Ctrl+k", false));
  assert.ok(!begins("Ctrl+e", false));
});
