/** The page waits for its stylesheet, and says when it does not come. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { styled } from "../src/styled";

const sheet = new EventTarget();
let tokens: Record<string, string>;
const page = (link: EventTarget | null): Document => ({ querySelector: () => link }) as unknown as Document;

beforeEach(() => {
  tokens = {};
  Object.assign(globalThis, { getComputedStyle: () => ({ getPropertyValue: (name: string) => tokens[name] ?? "" }) });
});
afterEach(() => mock.reset());

test("a page that is styled starts at once", async () => {
  tokens["--bg"] = "#ffffff";
  await styled(page(sheet));
});

test("a page whose stylesheet is on its way waits for it", async () => {
  let started = false;
  const waiting = styled(page(sheet)).then(() => {
    started = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(started, false);
  sheet.dispatchEvent(new Event("load"));
  await waiting;
  assert.equal(started, true);
});

test("a stylesheet that fails or is missing says what to do", async () => {
  const waiting = styled(page(sheet));
  sheet.dispatchEvent(new Event("error"));
  await assert.rejects(waiting, /did not load. Reload/);
  await assert.rejects(styled(page(null)), /without its stylesheet/);
});
