/** What the page holds of a console that it starts again, whichever of the answer and the link says it first. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Link } from "../src/link";
import type { ConsoleInfo, LinkEvent } from "../src/told";

const BOOT = { base: "/", csrf: "", layouts: {}, prefs: {}, user: { name: "a", owner: true }, workspace: { id: "a" } };
const ended = { id: "one", created: 1, started: 1, state: "ended" } as ConsoleInfo;
const again = { ...ended, started: 2, state: "running" } as ConsoleInfo;
let meanwhile = (): void => {};
Object.assign(globalThis, {
  document: { getElementById: () => ({ textContent: JSON.stringify(BOOT) }) },
  fetch: async () => {
    await new Promise(setImmediate); // on its way
    meanwhile();
    return Response.json(again);
  },
});
mock.timers.enable({ apis: ["setTimeout"] });
const { actions, consoleById, followConsoles } = await import("../src/console/store");

let list: (info: ConsoleInfo) => void = () => {};
let meta: (info: ConsoleInfo) => void = () => {};
followConsoles({
  onEvent: (hear: (event: LinkEvent) => void) => {
    list = (info) => hear({ type: "consoles", consoles: [info] } as unknown as LinkEvent);
    return () => {};
  },
  onMeta: (hear: (info: ConsoleInfo) => void) => {
    meta = hear;
    return () => {};
  },
} as unknown as Link);

async function restarted(): Promise<string | undefined> {
  await actions.restart("one");
  return consoleById("one")?.state;
}

for (const [way, tell] of Object.entries({ list: (info: ConsoleInfo) => list(info), META: (info: ConsoleInfo) => meta(info) })) {
  test(`a console that was started again runs, though an older ${way} came before the answer or comes after it`, async () => {
    list({ ...ended, started: 0 });
    mock.timers.tick(60_000);
    list(ended);
    meanwhile = () => tell({ ...ended });
    assert.equal(await restarted(), "running");
    tell({ ...ended });
    assert.equal(consoleById("one")?.state, "running");
    tell({ ...again, state: "ended" });
    assert.equal(consoleById("one")?.state, "ended", "the new session is over already");
  });

  test(`a ${way} of the new session is newer than the answer`, async () => {
    list(ended);
    meanwhile = () => tell({ ...again, state: "ended" });
    assert.equal(await restarted(), "ended");
  });
}
