/** A channel follows the output exactly and delivers input once, whatever happens to the link. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { deflateSync } from "node:zlib";
import type { Channel } from "../src/channel";
import { Link } from "../src/link";
import { Codec, Kind, Limit } from "../src/wire";
import { FakeScreen, FakeSocket, READY_STATE } from "./fake-link";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const tick = (ms: number): void => mock.timers.tick(ms);
/** Let promises and streams that need no timer finish; at most 5 s. (performance.now is not mocked.) */
const settle = async (done: () => boolean): Promise<void> => {
  const limit = performance.now() + 5000;
  while (!done() && performance.now() < limit) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(done());
};

let link: Link;
let screen: FakeScreen;
let channel: Channel;
let socket: FakeSocket;

function newest(): FakeSocket {
  return FakeSocket.all.at(-1) as FakeSocket;
}

/** Open the newest socket and say the first event, as every link begins. */
function comeUp(): FakeSocket {
  socket = newest();
  socket.open();
  socket.json(Kind.EVENT, 0, { type: "consoles", consoles: [] });
  return socket;
}

function cutAndComeBack(afterMs = 400): FakeSocket {
  socket.end(1006);
  tick(afterMs);
  return comeUp();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  FakeSocket.all = [];
  link = new Link({
    url: "ws://x/link",
    diagnose: async () => null,
    signIn: async () => {},
    openSocket: () => new FakeSocket() as unknown as WebSocket,
  });
  screen = new FakeScreen();
  link.start();
  comeUp();
  channel = link.attach("c1", screen);
});

test("the first HELLO claims to have nothing", () => {
  const hello = socket.lastJson(Kind.HELLO);
  assert.equal(hello.console, "c1");
  assert.equal(hello.have, undefined);
  assert.equal(hello.epoch, undefined);
  assert.equal(hello.device, link.device);
});

test("output and resize act in the order of the stream, each after what came before is parsed", () => {
  socket.welcome(1);
  screen.slow = true;
  socket.output(1, 0, "abc");
  socket.resized(1, 3, 100, 30);
  socket.output(1, 3, "def");
  assert.deepEqual(screen.story, ["<80x24>", "abc"]);
  screen.parse();
  assert.deepEqual(screen.story, ["<80x24>", "abc", "[100x30]", "def"]);
});

test("a lost link is resumed at the byte that is wanted next", () => {
  socket.welcome(1);
  socket.output(1, 0, "hello");
  cutAndComeBack();
  const hello = socket.lastJson(Kind.HELLO);
  assert.equal(hello.epoch, "e1");
  assert.equal(hello.have, 5);
  socket.welcome(1, { mode: "delta", offset: 5 });
  socket.output(1, 5, " world");
  assert.deepEqual(screen.story, ["<80x24>", "hello", " world"]);
});

test("what only this page has after its keeper was killed stays, and the stream goes on below it", () => {
  socket.welcome(1);
  socket.output(1, 0, "hello");
  cutAndComeBack();
  assert.equal(socket.lastJson(Kind.HELLO).keeps, true);
  socket.welcome(1, { mode: "kept", epoch: "e2", generation: "g2", offset: 2 });
  socket.output(1, 2, "lost");
  assert.deepEqual(screen.story, ["<80x24>", "hello", "lost"]);
  cutAndComeBack(2000);
  assert.equal(socket.lastJson(Kind.HELLO).epoch, "e2");
  assert.equal(socket.lastJson(Kind.HELLO).have, 6);
});

test("HELLO waits until what arrived is parsed", () => {
  socket.welcome(1);
  screen.slow = true;
  socket.output(1, 0, "hello");
  cutAndComeBack();
  assert.equal(socket.of(Kind.HELLO).length, 0);
  screen.parse();
  assert.equal(socket.lastJson(Kind.HELLO).have, 5);
});

for (const [name, offset] of [["gap", 7], ["overlap", 3]] as const) {
  test(`a ${name} attaches anew and paints nothing of it`, () => {
    socket.welcome(1);
    socket.output(1, 0, "hello");
    socket.output(1, offset, "BAD");
    socket.output(1, offset + 3, "BAD");
    assert.equal(socket.of(Kind.HELLO).length, 2);
    assert.equal(socket.lastJson(Kind.HELLO).have, 5);
    socket.welcome(1, { mode: "delta", offset: 5 });
    socket.output(1, 5, " world");
    assert.deepEqual(screen.story, ["<80x24>", "hello", " world"]);
  });
}

test("repeated trouble asks for a snapshot, then for another socket", () => {
  socket.welcome(1);
  socket.output(1, 9, "BAD");
  socket.welcome(1, { mode: "delta", offset: 0 });
  socket.output(1, 9, "BAD");
  assert.equal(socket.lastJson(Kind.HELLO).have, undefined);
  socket.welcome(1);
  socket.output(1, 9, "BAD");
  socket.welcome(1);
  socket.output(1, 9, "BAD");
  assert.equal(socket.readyState, READY_STATE.CLOSED);
});

test("a snapshot replaces everything and the stream goes on behind it", async () => {
  const packed = deflateSync(Buffer.from("the screen"));
  socket.welcome(1, { mode: "snapshot", offset: 5000 });
  socket.snapBegin(1, 5000, Codec.DEFLATE, packed.length);
  socket.frame(Kind.SNAP_DATA, 1, packed.subarray(0, 4));
  socket.frame(Kind.SNAP_DATA, 1, packed.subarray(4));
  socket.frame(Kind.SNAP_END, 1, new Uint8Array());
  socket.output(1, 5000, "more");
  await settle(() => screen.story.length === 2);
  assert.deepEqual(screen.story, ["<90x30>the screen", "more"]);
  tick(50);
  assert.equal(socket.acks().at(-1), 5004);
});

test("a snapshot cut in the middle is asked for again", () => {
  socket.welcome(1, { mode: "snapshot", offset: 5000 });
  socket.snapBegin(1, 5000, Codec.PLAIN, 10);
  socket.frame(Kind.SNAP_DATA, 1, text("half"));
  cutAndComeBack();
  assert.equal(socket.lastJson(Kind.HELLO).have, undefined);
});

test("acknowledges every 16 KiB that is parsed, and when idle", () => {
  socket.welcome(1);
  tick(50);
  screen.slow = true;
  const block = "x".repeat(Limit.ACK_EVERY_BYTES);
  socket.output(1, 0, block);
  const before = socket.acks().length;
  tick(50);
  assert.equal(socket.acks().length, before);
  screen.parse();
  assert.equal(socket.acks().at(-1), block.length);
  socket.output(1, block.length, "y");
  screen.parse();
  assert.equal(socket.acks().at(-1), block.length);
  tick(50);
  assert.equal(socket.acks().at(-1), block.length + 1);
});

test("how far reading came is said before a size, which may say that nobody looks now", () => {
  socket.welcome(1);
  tick(50);
  socket.output(1, 0, "read");
  channel.size(screen.measure());
  assert.equal(socket.acks().at(-1), 4);
  assert.deepEqual(socket.sent.slice(-2).map(({ kind }) => kind), [Kind.ACK, Kind.SIZE]);
});

test("a new epoch starts over and acknowledges from there", async () => {
  socket.welcome(1);
  socket.output(1, 0, "x".repeat(20_000));
  cutAndComeBack();
  socket.welcome(1, { mode: "snapshot", epoch: "e2", offset: 10 });
  socket.snapBegin(1, 10, Codec.PLAIN, 3);
  socket.frame(Kind.SNAP_DATA, 1, text("new"));
  socket.frame(Kind.SNAP_END, 1, new Uint8Array());
  await settle(() => screen.story.at(-1) === "<90x30>new");
  tick(50);
  assert.deepEqual(socket.acks(), [10]);
});

test("exit comes after the last byte", () => {
  const story: string[] = [];
  channel.onExit = ({ status }) => story.push(`exit ${status} after ${screen.story.at(-1)}`);
  socket.welcome(1);
  screen.slow = true;
  socket.output(1, 0, "last");
  const payload = new Uint8Array(13);
  new DataView(payload.buffer).setInt32(0, 3);
  socket.frame(Kind.EXIT, 1, payload);
  assert.deepEqual(story, []);
  screen.parse();
  assert.deepEqual(story, ["exit 3 after last"]);
});

test("input typed while away arrives once, in order, in the same generation", () => {
  socket.welcome(1);
  channel.input.send(text("a"));
  channel.input.send(text("b"));
  socket.inack(1, 1);
  socket.end(1006);
  channel.input.send(text("c"));
  tick(400);
  comeUp();
  socket.welcome(1, { mode: "delta", in_seq: 2 });
  assert.deepEqual(socket.inputs(), ["3:c"]);
  assert.equal(channel.input.undelivered.value, null);
});

test("input whose fate is unknown under a new generation is shown, never sent again", () => {
  socket.welcome(1);
  channel.input.send(text("rm -r "));
  socket.end(1006);
  channel.input.send(text("x\r"));
  tick(400);
  comeUp();
  socket.welcome(1, { mode: "delta", generation: "g2" });
  assert.deepEqual(socket.inputs(), []);
  assert.equal(channel.input.undelivered.value?.bytes, 8);
  assert.equal(channel.input.undelivered.value?.certainty, "perhaps");
  channel.input.send(text("l"));
  assert.deepEqual(socket.inputs(), ["1:l"]);
});

test("input never sent is sent to a new generation, numbered from where that one stands", () => {
  socket.welcome(1);
  socket.end(1006);
  channel.input.send(text("ls\r"));
  tick(400);
  comeUp();
  socket.welcome(1, { mode: "delta", generation: "g2", in_seq: 0 });
  assert.deepEqual(socket.inputs(), ["1:ls\r"]);
});

test("away for more than 30 s: nothing is delivered late, and it is said", () => {
  socket.welcome(1);
  socket.end(1006);
  channel.input.send(text("ls\r"));
  tick(31_000);
  channel.input.send(text("q"));
  assert.equal(channel.input.undelivered.value?.certainty, "not");
  comeUp();
  socket.welcome(1, { mode: "delta" });
  assert.deepEqual(socket.inputs(), []);
  assert.equal(channel.input.undelivered.value?.bytes, 3);
});

test("more than 4 KiB typed while away is refused visibly", () => {
  socket.welcome(1);
  socket.end(1006);
  channel.input.send(new Uint8Array(4096));
  assert.equal(channel.input.undelivered.peek(), null);
  channel.input.send(text("x"));
  assert.equal(channel.input.undelivered.value?.certainty, "not");
});

test("a long paste is split and waits for acknowledgements", () => {
  socket.welcome(1);
  channel.input.send(new Uint8Array(100 * 1024));
  assert.equal(socket.of(Kind.INPUT).length, 4);
  socket.inack(1, 2);
  assert.equal(socket.of(Kind.INPUT).length, 6);
});

test("a refused attach says why and tries again with the next link", () => {
  const payload = new Uint8Array([0, 1, ...text("This console is gone.")]);
  socket.frame(Kind.ERROR, 1, payload);
  assert.equal(channel.state.value, "refused");
  assert.equal(channel.refusal.value, "This console is gone.");
  cutAndComeBack();
  assert.equal(channel.state.value, "attaching");
});

test("input for a session that is being started waits for it, also over another link", () => {
  socket.welcome(1);
  channel.input.hold(true);
  channel.input.send(text("a"));
  assert.deepEqual(socket.inputs(), []);
  cutAndComeBack();
  socket.welcome(1, { mode: "delta" });
  channel.input.send(text("b"));
  assert.deepEqual(socket.inputs(), []);
  channel.input.hold(false);
  assert.deepEqual(socket.inputs(), ["1:a", "2:b"]);
});

test("input that is refused is shown; the output goes on", () => {
  socket.welcome(1);
  channel.input.send(text("x"));
  socket.frame(Kind.ERROR, 1, new Uint8Array([0, 3, ...text("The program does not read.")]));
  assert.equal(channel.state.value, "live");
  assert.equal(channel.input.undelivered.value?.bytes, 1);
  socket.output(1, 0, "more");
  assert.equal(screen.story.at(-1), "more");
});

test("several pieces that are refused one by one leave the console attached, and later ones are told anew", () => {
  socket.welcome(1);
  for (const key of ["x", "y", "z"]) channel.input.send(text(key));
  const refuse = (): void => socket.frame(Kind.ERROR, 1, new Uint8Array([0, 1, ...text("Nothing runs in this console any more.")]));
  for (let piece = 0; piece < 3; piece += 1) refuse();
  assert.equal(channel.state.value, "live");
  assert.equal(channel.input.undelivered.value?.bytes, 3);
  socket.output(1, 0, "started again");
  assert.equal(screen.story.at(-1), "started again");
  channel.input.send(text("later"));
  refuse();
  assert.equal(channel.input.undelivered.value?.bytes, 5);
  refuse(); // explained by nothing that was typed: the console itself is gone
  assert.equal(channel.state.value, "refused");
});

test("a piece that is taken between two that are refused is one of the answers", () => {
  socket.welcome(1);
  const refuse = (): void => socket.frame(Kind.ERROR, 1, new Uint8Array([0, 3, ...text("The program does not read.")]));
  for (const key of ["x", "y"]) channel.input.send(text(key));
  refuse();
  socket.inack(1, 2);
  channel.input.send(text("later"));
  refuse();
  assert.equal(channel.input.undelivered.value?.bytes, 5);
});

test("a refused attach can be tried again", () => {
  socket.frame(Kind.ERROR, 1, new Uint8Array([0, 6, ...text("Too many windows.")]));
  channel.retry();
  socket.welcome(1);
  assert.equal(channel.state.value, "live");
});

test("detach says so and frees the number for another console", () => {
  socket.welcome(1);
  link.detach(channel);
  assert.equal(socket.of(Kind.DETACH).length, 1);
  socket.output(1, 0, "late");
  assert.deepEqual(screen.story, ["<80x24>"]);
});

test("a pane that came into sight while attaching is said to be in sight", () => {
  screen.size = { ...screen.size, flags: 0 };
  cutAndComeBack();
  assert.equal(socket.lastJson(Kind.HELLO).visible, false);
  screen.size = { ...screen.size, flags: 1 };
  socket.welcome(1);
  assert.deepEqual(socket.of(Kind.SIZE).map(({ payload }) => payload.at(-1)), [1]);
});

const AWAY = { seconds: 2460, offset: 3, head: 8, lines: 2, more: false };

test("who was away is told when just that is parsed, and once", () => {
  socket.welcome(1, { head: 6 });
  const said: string[] = [];
  channel.onAway = ({ lines }) => said.push(`${lines} after ${screen.story.slice(1).join("")}`);
  socket.output(1, 0, "abc");
  socket.json(Kind.AWAY, 1, AWAY);
  assert.deepEqual(said, []);
  socket.output(1, 3, "defghijkl");
  assert.deepEqual(said, ["2 after abcdefgh"]);
  socket.output(1, 12, "m");
  assert.equal(said.length, 1);
});

test("who was away while the page stayed attached is told at once", () => {
  socket.welcome(1);
  socket.output(1, 0, "abcdefgh");
  let said = 0;
  channel.onAway = () => { said += 1; };
  socket.json(Kind.AWAY, 1, AWAY);
  assert.equal(said, 1);
});

test("who was away is told after a slow parse, not before", () => {
  socket.welcome(1);
  screen.slow = true;
  const said: number[] = [];
  channel.onAway = ({ lines }) => said.push(lines);
  socket.output(1, 0, "abcdefgh");
  socket.json(Kind.AWAY, 1, AWAY);
  assert.deepEqual(said, []);
  screen.parse();
  assert.deepEqual(said, [2]);
});

test("output from before the attach is told apart from what is printed now", () => {
  socket.welcome(1, { head: 6 });
  socket.output(1, 0, "oldoldnew");
  socket.output(1, 9, "er");
  assert.equal(screen.fresh, "newer");
  assert.deepEqual(screen.story.slice(1), ["oldold", "new", "er"]);
});
