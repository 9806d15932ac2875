/** The link comes back: when, how fast, and what it says meanwhile. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Link } from "../src/link";
import { BLOCKED, type Diagnosis } from "../src/outage";
import { Kind } from "../src/wire";
import { FakeSocket, READY_STATE } from "./fake-link";

const tick = (ms: number): void => mock.timers.tick(ms);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const newest = (): FakeSocket => FakeSocket.all.at(-1) as FakeSocket;

let link: Link;
let diagnosis: Diagnosis | null;
let signedIn: () => void;
let signIns: number;

function comeUp(): FakeSocket {
  const socket = newest();
  socket.open();
  socket.json(Kind.EVENT, 0, { type: "consoles", consoles: [] });
  return socket;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  FakeSocket.all = [];
  diagnosis = null;
  signIns = 0;
  link = new Link({
    url: "ws://x/link",
    diagnose: async () => diagnosis,
    signIn: () => {
      signIns += 1;
      return new Promise((resolve) => {
        signedIn = resolve;
      });
    },
    openSocket: () => new FakeSocket() as unknown as WebSocket,
  });
  link.start();
});

test("connected once the server has spoken", () => {
  newest().open();
  assert.equal(link.status.value, "connecting");
  newest().json(Kind.EVENT, 0, { type: "files" });
  assert.equal(link.status.value, "connected");
});

test("a short cut is not mentioned; reconnecting is said after 1.5 s", () => {
  comeUp().end(1006);
  assert.equal(link.status.value, "connected");
  tick(1400);
  assert.equal(link.status.value, "connected");
  tick(200);
  assert.equal(link.status.value, "reconnecting");
});

test("the pauses grow from 0.3 s to at most 10 s with jitter", () => {
  comeUp();
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    newest().end(1006);
    const before = FakeSocket.all.length;
    let waited = 0;
    while (FakeSocket.all.length === before && waited < 20_000) {
      tick(25);
      waited += 25;
    }
    pauses.push(waited);
  }
  assert.ok((pauses[0] as number) >= 225 && (pauses[0] as number) <= 400);
  assert.ok((pauses[3] as number) >= 1800 && (pauses[3] as number) <= 3025);
  assert.ok((pauses[8] as number) >= 7500 && (pauses[8] as number) <= 12_525);
});

test("waking connects at once", () => {
  comeUp().end(1006);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    tick(15_000);
    newest().end(1006);
  }
  const before = FakeSocket.all.length;
  link.wake();
  assert.equal(FakeSocket.all.length, before + 1);
});

test("a socket that says OPEN but is dead is replaced 1.5 s after waking", () => {
  const zombie = comeUp();
  link.wake();
  assert.equal(zombie.of(Kind.PING).length, 2); // the first is said on opening
  tick(1400);
  assert.equal(newest(), zombie);
  tick(200);
  assert.notEqual(newest(), zombie);
});

test("a socket that slept for ten seconds, five minutes or a night is replaced at once, and only once", () => {
  for (const seconds of [11, 300, 8 * 3600]) {
    const zombie = comeUp();
    mock.timers.setTime(Date.now() + seconds * 1000); // the page was frozen: no timer ran
    link.wake();
    const fresh = newest();
    assert.notEqual(fresh, zombie);
    link.wake(); // focus, visibilitychange and pageshow come together
    tick(1);
    assert.equal(newest(), fresh);
  }
});

test("a late timer that is heard of before the page is seen does not make the waking slow", () => {
  const zombie = comeUp();
  Object.defineProperty(globalThis, "document", { value: { hidden: true }, configurable: true });
  try {
    mock.timers.setTime(Date.now() + 300_000);
    link.wake();
    assert.equal(newest(), zombie);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
  link.wake();
  assert.notEqual(newest(), zombie);
});

test("a page in the background only seems to sleep: a living socket is kept", () => {
  const socket = comeUp();
  Object.defineProperty(globalThis, "document", { value: { hidden: true }, configurable: true });
  try {
    mock.timers.setTime(Date.now() + 60_000);
    link.wake();
    socket.frame(Kind.PONG, 0, new Uint8Array(8));
    tick(2000);
    assert.equal(newest(), socket);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
});

test("a living socket is kept after waking", () => {
  const socket = comeUp();
  link.wake();
  socket.frame(Kind.PONG, 0, new Uint8Array(8));
  tick(5000);
  assert.equal(newest(), socket);
});

test("a socket that was closed without a word is replaced at once on waking", () => {
  const socket = comeUp();
  socket.readyState = READY_STATE.CLOSED;
  link.wake();
  assert.notEqual(newest(), socket);
});

test("pings every 20 s and gives a silent link up after 45 s", () => {
  const socket = comeUp();
  const pass = (seconds: number): void => {
    for (let at = 0; at < seconds; at += 1) tick(1000);
  };
  pass(44);
  assert.equal(socket.of(Kind.PING).length, 3);
  assert.equal(newest(), socket);
  pass(7);
  assert.notEqual(newest(), socket);
});

test("a timer that comes far too late means that the device slept: the link is a new one", () => {
  const socket = comeUp();
  tick(4000);
  mock.timers.setTime(Date.now() + 3_600_000);
  tick(1100);
  assert.notEqual(newest(), socket);
});

test("three refused upgrades while pages load: WebSockets are blocked on the way", async () => {
  diagnosis = BLOCKED;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    newest().end(1006);
    tick(3000);
  }
  await settle();
  tick(5000);
  assert.equal(link.status.value, "offline");
  assert.match(link.reason.value, /WebSockets are blocked on the way/);
  comeUp();
  assert.equal(link.status.value, "connected");
  assert.equal(link.reason.value, "");
});

test("a server that does not answer is reconnecting, after 20 s offline with the time", async () => {
  comeUp().end(1006);
  for (let at = 0; at < 3; at += 1) {
    tick(5000);
    newest().end(1006);
    await settle();
  }
  assert.equal(link.status.value, "reconnecting");
  tick(5000);
  tick(5000);
  assert.equal(link.status.value, "offline");
  assert.match(link.reason.value, /has not answered since .* programs go on as long as its machine does/);
});

test("a server that said goodbye and stays away was stopped; one that comes back is forgiven", async () => {
  const stay = async (): Promise<void> => {
    for (let at = 0; at < 6; at += 1) {
      newest().end(1006);
      await settle();
      tick(5000);
    }
  };
  comeUpAndStay().end(1012, "The server restarts.");
  tick(1600);
  assert.equal(link.status.value, "reconnecting");
  await stay();
  assert.equal(link.status.value, "offline");
  assert.match(link.reason.value, /^The server was stopped at .* programs go on unless they were stopped too\.$/);
  link.wake();
  comeUpAndStay().end(1006);
  await stay();
  assert.match(link.reason.value, /has not answered since/);
});

test("4401 asks to sign in and connects after that", async () => {
  comeUp().end(4401);
  const before = FakeSocket.all.length;
  tick(5000);
  assert.equal(signIns, 1);
  assert.equal(FakeSocket.all.length, before);
  signedIn();
  await settle();
  tick(500);
  assert.equal(FakeSocket.all.length, before + 1);
});

/** Connected for so long that the next pause is a first one. */
function comeUpAndStay(): FakeSocket {
  const socket = comeUp();
  tick(2000);
  socket.frame(Kind.PONG, 0, new Uint8Array(8));
  return socket;
}

test("a server that takes every link and drops it is asked ever more slowly", () => {
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const socket = comeUp();
    socket.end(attempt % 2 ? 1002 : 1012, "a colour is #rrggbb");
    let waited = 0;
    for (; newest() === socket; waited += 25) tick(25);
    pauses.push(waited);
  }
  assert.ok((pauses[4] as number) >= 3600, String(pauses));
  comeUpAndStay().end(1011);
  const before = FakeSocket.all.length;
  tick(400);
  assert.equal(FakeSocket.all.length, before + 1);
});

for (const code of [1012, 1006]) {
  test(`${code} comes back at once`, () => {
    const socket = comeUpAndStay();
    socket.end(code);
    assert.notEqual(newest(), socket);
  });
}

test("the words of a close are shown", () => {
  comeUp().end(1013, "No sandbox can be made here.");
  tick(1600);
  assert.equal(link.status.value, "offline");
  assert.equal(link.reason.value, "No sandbox can be made here.");
});

test("bytes that are no frame replace the socket", () => {
  mock.method(console, "error", () => {});
  const socket = comeUp();
  socket.onmessage?.({ data: new ArrayBuffer(2) });
  assert.equal(socket.readyState, READY_STATE.CLOSED);
  tick(500);
  assert.notEqual(newest(), socket);
});

test("the theme is told on every link before anything else", () => {
  link.setTheme({ fg: "#000000", bg: "#ffffff", cursor: "#000000", palette: [] });
  const socket = comeUp();
  assert.equal(socket.sent[0]?.kind, Kind.THEME);
});
