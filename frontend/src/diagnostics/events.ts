/** What arrives when somebody types, touches and puts the device away, as lines of a journal. */

import { compositionLine, keyLine, textLine } from "../core/event_lines";
import type { Journal } from "./journal";

const KEYS = ["keydown", "keyup"] as const;
const TEXT = ["beforeinput", "input"] as const;
const COMPOSITION = ["compositionstart", "compositionupdate", "compositionend"] as const;
const POINTER = ["pointerdown", "pointerup", "pointercancel"] as const;
const CONNECT_AGAIN_MS = 3000;
const TICK_MS = 1000;
const SLEPT_MS = 5000;
/** The keeper ends links that it hears nothing of. */
const PING_MS = 20_000;

/** Keys and text of `fields`, touches of `pad`. Nothing is held back: what a browser does by itself it does. */
export function watchTyping(journal: Journal, fields: readonly HTMLElement[], pad: HTMLElement): void {
  for (const field of [...fields, pad]) {
    for (const name of KEYS) field.addEventListener(name, (event) => journal.add(keyLine(event)));
  }
  for (const field of fields) {
    for (const name of TEXT) field.addEventListener(name, (event) => journal.add(textLine(event as InputEvent)));
    for (const name of COMPOSITION) field.addEventListener(name, (event) => journal.add(compositionLine(event)));
    field.addEventListener("paste", ({ clipboardData }) => journal.add(`paste ${[...(clipboardData?.types ?? [])].join(" ")}`));
  }
  for (const name of POINTER) {
    pad.addEventListener(name, ({ type, pointerType, width, height, pressure }) =>
      journal.add(`${type} ${pointerType} ${Math.round(width)} × ${Math.round(height)} pressure ${pressure.toFixed(2)}`));
  }
  pad.addEventListener("wheel", ({ deltaX, deltaY, deltaMode }) => journal.add(`wheel ${deltaX.toFixed(0)}, ${deltaY.toFixed(0)} mode ${deltaMode}`), { passive: true });
}

/** A link of its own: when it opens, answers and ends, and when page and device sleep and wake. All that it ever says is
 * `ping`, a frame of the link. */
export function watchSocket(journal: Journal, url: string, protocol: string, ping: Uint8Array<ArrayBuffer>): void {
  let socket: WebSocket | null = null;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (why: string): void => {
    clearTimeout(timer);
    if (socket?.readyState === WebSocket.CONNECTING) return journal.add(`${why}; still connecting`);
    if (socket?.readyState === WebSocket.OPEN) {
      journal.add(`${why}; the socket says it is open`);
      asked = performance.now();
      return socket.send(ping);
    }
    journal.add(`${why}; connecting`);
    asked = 0;
    const began = performance.now();
    const made = new WebSocket(url, protocol);
    socket = made;
    made.addEventListener("open", () => journal.add(`socket open after ${Math.round(performance.now() - began)} ms`));
    made.addEventListener("message", () => {
      if (asked) journal.add(`it answers after ${Math.round(performance.now() - asked)} ms`);
      asked = 0;
    });
    made.addEventListener("close", ({ code, reason }) => {
      journal.add(`socket closed, code ${code}${reason ? ` ${reason}` : ""}`);
      if (!document.hidden) timer = setTimeout(() => open("trying again"), CONNECT_AGAIN_MS);
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) journal.add("hidden");
    else open("visible");
  });
  addEventListener("pageshow", ({ persisted }) => persisted && open("pageshow from the cache"));
  addEventListener("pagehide", ({ persisted }) => journal.add(`pagehide${persisted ? ", kept in the cache" : ""}`));
  addEventListener("online", () => open("online"));
  addEventListener("offline", () => journal.add("offline"));
  let ticked = Date.now();
  let pinged = ticked;
  setInterval(() => {
    const late = Date.now() - ticked - TICK_MS;
    ticked = Date.now();
    if (socket?.readyState === WebSocket.OPEN && ticked - pinged >= PING_MS) {
      pinged = ticked;
      socket.send(ping);
    }
    if (late > SLEPT_MS) open(`asleep for ${Math.round(late / 1000)} s`);
  }, TICK_MS);
  open("start");
}
