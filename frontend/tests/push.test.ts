/** Pushes: what a device can do about them, and what the worker shows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type PushFacts, PUSH_WORDS, pushState } from "../src/core/push_state";
import { notificationOf, readTold } from "../src/worker/told";

const able: PushFacts = { secure: true, able: true, inAppleTab: false, permission: "default", subscribed: false, known: false };

test("a device is told honestly what stands in the way", () => {
  assert.equal(pushState(able), "off");
  assert.equal(pushState({ ...able, secure: false, able: false }), "plain");
  assert.equal(pushState({ ...able, able: false, inAppleTab: true }), "home-screen");
  assert.equal(pushState({ ...able, able: false }), "unable");
  assert.equal(pushState({ ...able, permission: "denied", subscribed: true, known: true }), "denied");
});

test("it is on only where browser and server both say so", () => {
  assert.equal(pushState({ ...able, permission: "granted", subscribed: true }), "off");
  assert.equal(pushState({ ...able, permission: "granted", known: true }), "off");
  assert.equal(pushState({ ...able, permission: "granted", subscribed: true, known: true }), "on");
});

test("what needs a person's hand has steps", () => {
  for (const state of ["plain", "home-screen", "denied"] as const) assert.ok(PUSH_WORDS[state].steps.length >= 3, state);
});

test("a push is shown under its tag, and leads where it says", () => {
  const told = readTold(JSON.stringify({ tag: "w-1", title: "train.py", text: "failed", hash: "#console=c1", at: 7 }));
  assert.equal(told.title, "train.py");
  assert.deepEqual(notificationOf(told, "icon.png"), {
    body: "failed", tag: "w-1", icon: "icon.png", timestamp: 7000, data: { hash: "#console=c1" },
  });
});

test("one that cannot be read is shown all the same, and leads nowhere else", () => {
  for (const text of [undefined, "", "garbage", "null", "[]", '{"title":7,"hash":{}}']) {
    const told = readTold(text);
    assert.deepEqual([told.title, told.text, told.hash], ["ide", "There is something new.", ""], text);
  }
  assert.equal(readTold('{"title":"x","hash":"https://evil.example/"}').hash, "");
});
