/** The diagnostics page: everything that helps to understand a device which is not at hand. It shares nothing
 * with the editor's page, so neither makes the other slower or fails with it. */

import { watchSocket, watchTyping } from "./events";
import { deviceFacts, viewportFacts } from "./facts";
import { type Facts, Journal, reportOf } from "./journal";

const REPORT_TITLE = "ide diagnostics";
const CLIPBOARD_TEXT = "ide clipboard test";

function at<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`This page came without its ${id}. Reload it.`);
  return found as E;
}

function shown(id: string): Journal {
  const place = at(id);
  return new Journal(undefined, (text) => (place.textContent = text));
}

function show(id: string, facts: Facts): void {
  at(id).replaceChildren(...Object.entries(facts).flatMap(([word, text]) => {
    const [term, said] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = word;
    said.textContent = text;
    return [term, said];
  }));
}

const typing = shown("typing-log");
const room = shown("viewport-log");
const sleep = shown("socket-log");
let device: Facts = {};

async function showDevice(): Promise<void> {
  device = await deviceFacts(document.body.dataset["version"] ?? "");
  show("device", device);
}

let before = "";
let frame = 0;
/** At most once a frame; a change is noted, so that a keyboard's way up can be read afterwards. */
function showViewport(): void {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const facts = viewportFacts();
    show("viewport", facts);
    const now = `${facts["visual viewport"]}, ${facts["window"]}`;
    if (now !== before) room.add(now);
    before = now;
  });
}

function report(): string {
  const told = { Device: device, Viewport: viewportFacts() };
  const logs = { "Viewport changes": room.text, "Keys, input and fingers": typing.text, "Socket and sleep": sleep.text };
  return reportOf(REPORT_TITLE, { ...told, Clipboard: { result: at("clipboard").textContent || "not tried" } }, logs);
}

/** Copy within the tap; where the browser refuses, leave the report selected for the system's own Copy. */
async function copyReport(): Promise<void> {
  const text = report();
  try {
    if (!navigator.clipboard) throw new Error("no clipboard over plain http");
    await navigator.clipboard.writeText(text);
    at("copied").textContent = "Copied.";
  } catch (error) {
    const field = document.createElement("textarea");
    field.value = text;
    field.rows = 10;
    field.readOnly = true;
    field.setAttribute("aria-label", "Report");
    at("copied").replaceChildren(`The browser refused (${(error as Error).message}). Copy it from here:`, field);
    field.focus();
    field.select();
  }
}

async function tryClipboard(what: "write" | "read"): Promise<void> {
  const said = at("clipboard");
  try {
    if (!navigator.clipboard) throw new Error("there is none over plain http");
    if (what === "write") {
      await navigator.clipboard.writeText(CLIPBOARD_TEXT);
      said.textContent = "Written.";
    } else {
      const { length } = await navigator.clipboard.readText();
      said.textContent = `Read ${length} characters.`; // never which: they are nobody's business
    }
  } catch (error) {
    said.textContent = `${what} refused: ${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** The server writes a link's address with ws: or wss:; what counts is how this page came. */
function linkUrl(): string {
  const url = new URL(document.body.dataset["link"] ?? "", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

function pingFrame(): Uint8Array<ArrayBuffer> {
  const pairs = document.body.dataset["ping"]?.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

for (const name of ["resize", "scroll", "orientationchange", "pageshow", "focusin", "focusout"]) addEventListener(name, showViewport, true);
for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, showViewport);
watchTyping(typing, [at("bare"), at("full")], at("pad"));
watchSocket(sleep, linkUrl(), document.body.dataset["protocol"] ?? "", pingFrame());
at("copy").addEventListener("click", () => void copyReport());
at("clear").addEventListener("click", () => typing.clear());
at("write").addEventListener("click", () => void tryClipboard("write"));
at("read").addEventListener("click", () => void tryClipboard("read"));
showViewport();
void showDevice();
