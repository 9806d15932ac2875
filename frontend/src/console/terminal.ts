/**
 * The terminal of one console: xterm.js on a channel of the link. An imperative island: `start(host)`
 * puts it into a pane, `stop()` takes it out and keeps it attached, `dispose()` leaves the console.
 *
 * Its grid changes only when the keeper says so (RESIZED, snapshot); a pane that changes size asks.
 */

import { Terminal } from "@xterm/xterm";
import { effect, signal, type Signal } from "@preact/signals";
import type { Channel, ChannelScreen } from "../channel";
import type { Link } from "../link";
import { isApple } from "../shell/key_help";
import { sayError } from "../shell/notices";
import { type Offer, offerOf } from "../core/clipboard_offer";
import { Limit, SizeFlag, type SizeNow } from "../wire";
import { activeTerminal, lastInput } from "./active";
import { ComingBack } from "./away";
import type { FindBar } from "./find_bar";
import { pasteInto } from "./clipboard";
import { readColours, type Colours } from "./colours";
import { fitEnded } from "./ended";
import { handleKeys } from "./keyboard";
import { fold } from "./modifiers";
import { swallowQueries } from "./queries";
import { TerminalTouch } from "./touch";
import { addTextLinks, oscLinks } from "./weblinks";
import { EngineWidths } from "./widths";

const SCROLLBACK_ROWS = 5000;
const SIZE_DEBOUNCE_MS = 150;
/** xterm's own scrollbar lies over this at the right; on touch it shows only while scrolling. */
const SCROLLBAR_PX = 14;
const TOUCH_SCROLLBAR_PX = 4;
const SMALLEST_FONT_PX = 8;

const encoder = new TextEncoder();

export class ConsoleTerminal implements ChannelScreen {
  readonly root = document.createElement("div");
  readonly term: Terminal;
  readonly comingBack: ComingBack;
  /** The search over this terminal while it is open; its code comes with the first one. */
  readonly findBar: Signal<typeof FindBar | null> = signal(null);
  /** What the program would like on the clipboard, until it is copied or turned down. */
  readonly offer: Signal<Offer | null> = signal(null);
  #channel: Channel | null = null;
  #visible = false;
  #hushed = false;
  #shown = false;
  #cell = { width: 0, height: 0 };
  /** As the keeper says; the terminal of an ended console may show fewer of its rows. */
  #grid = { cols: 80, rows: 24 };
  #sizeTimer: ReturnType<typeof setTimeout> | undefined;
  #observer = new ResizeObserver(() => this.#paneChanged());
  #touch: TerminalTouch;
  #undo: (() => void)[] = [];
  /** Of each piece that is not parsed yet, the one being parsed first. */
  #freshness: boolean[] = [];

  constructor(
    private readonly link: Link,
    readonly consoleId: string,
    colours: Colours = readColours(),
  ) {
    this.root.className = "console-terminal";
    this.term = new Terminal({
      allowProposedApi: true, // for the width tables
      scrollback: SCROLLBACK_ROWS,
      fontFamily: cssValue("--code"),
      fontSize: baseFontPx(),
      minimumContrastRatio: 4.5,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      cursorInactiveStyle: "outline",
      macOptionClickForcesSelection: true,
      theme: colours.xterm,
      linkHandler: oscLinks(this.root, () => this.term),
    });
    this.comingBack = new ComingBack(this.term);
    this.#touch = new TerminalTouch(this.root, this.term);
  }

  /** The console's place on the link; null before the first start. */
  get channel(): Channel | null {
    return this.#channel;
  }

  start(host: HTMLElement): void {
    if (this.root.parentElement === host) return;
    host.append(this.root);
    if (!this.#channel) this.#open();
    this.#observer.observe(this.root);
    this.#touch.start();
    this.#paneChanged();
  }

  stop(): void {
    this.#observer.disconnect();
    this.#touch.stop();
    this.root.remove();
  }

  dispose(): void {
    this.stop();
    clearTimeout(this.#sizeTimer);
    for (const undo of this.#undo.splice(0)) undo();
    if (activeTerminal.value === this) activeTerminal.value = null;
    if (this.#channel) this.link.detach(this.#channel);
    this.term.dispose();
  }

  focus(): void {
    this.term.focus();
  }

  /** Open the search, or go back into it. */
  find(): void {
    if (this.findBar.value) return this.root.closest(".console-pane")?.querySelector<HTMLElement>(".console-find input")?.focus();
    import("./find_bar").then(({ FindBar }) => { this.findBar.value = FindBar; }, sayError);
  }

  closeFind(): void {
    this.findBar.value = null;
    this.focus();
  }

  setVisible(visible: boolean): void {
    if (this.#visible === visible) return;
    this.#visible = visible;
    this.#tellSight();
    this.#paneChanged();
  }

  setEnded(ended: boolean): void {
    if (this.#ended === ended) return;
    this.term.options.disableStdin = ended;
    this.#fit();
  }

  setColours(colours: Colours): void {
    this.term.options.theme = colours.xterm;
  }

  /** Send the bytes of a key of the key bar, as if typed. */
  type(bytes: string): void {
    if (this.term.options.disableStdin) return;
    this.term.scrollToBottom();
    this.comingBack.clear();
    this.#channel?.input(encoder.encode(bytes));
  }

  /** Ask for the grid that fills this pane, whoever set it before. */
  claim(): void {
    this.#channel?.size({ ...this.measure(), flags: SizeFlag.VISIBLE | SizeFlag.USED | SizeFlag.CLAIM });
  }

  write(data: Uint8Array, parsed: () => void, fresh: boolean): void {
    this.#freshness.push(fresh);
    this.term.write(data, () => {
      this.#freshness.shift();
      parsed();
    });
  }

  resize(cols: number, rows: number): void {
    this.#grid = { cols, rows };
    this.term.resize(cols, rows);
    this.#fit();
  }

  /** The old picture stays until the new one is parsed. */
  replace(cols: number, rows: number, data: Uint8Array | null, parsed: () => void): void {
    const ghost = this.#shown ? this.#picture() : null;
    this.#shown = true;
    this.term.reset();
    this.#grid = { cols, rows };
    this.term.resize(cols, rows); // what follows was drawn for this size
    this.#scale();
    const done = (): void => {
      this.#fit();
      this.term.scrollToBottom();
      requestAnimationFrame(() => ghost?.remove());
      parsed();
    };
    if (data) this.term.write(data, done);
    else done();
  }

  measure(): SizeNow {
    const scrollbar = matchMedia("(any-pointer: coarse)").matches ? TOUCH_SCROLLBAR_PX : SCROLLBAR_PX;
    const { width, height } = this.#room();
    const cell = this.#measureCell();
    const fits = cell.width > 0 && width > 0 && height > 0;
    return {
      cols: fits ? clamp((width - scrollbar) / cell.width, Limit.MIN_COLS, Limit.MAX_COLS) : this.term.cols,
      rows: fits ? clamp(height / cell.height, Limit.MIN_ROWS, Limit.MAX_ROWS) : this.term.rows,
      pxWidth: width,
      pxHeight: height,
      flags: this.#visible && !document.hidden ? SizeFlag.VISIBLE : 0,
    };
  }

  #open(): void {
    const { term } = this;
    term.open(this.root);
    term.unicode.register(new EngineWidths());
    term.unicode.activeVersion = "engine";
    addTextLinks(term);
    swallowQueries(term, () => this.#hush());
    term.parser.registerOscHandler(52, (osc) => {
      if (this.#freshness[0]) this.offer.value = offerOf(osc) ?? this.offer.value;
      return true; // a question is not answered either
    });
    prepareInput(term);
    const straighten = handleKeys(term, {
      isReserved,
      onHardwareKey: () => {
        lastInput.value = "key";
      },
    });
    const channel = this.link.attach(this.consoleId, this);
    this.#channel = channel;
    channel.onAway = (away) => this.comingBack.show(away);
    term.onData((data) => {
      if (this.#hushed) return;
      this.comingBack.clear();
      channel.input(encoder.encode(fold(straighten(data), keyModes(term))));
    });
    term.onBinary((data) => channel.input(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    term.textarea?.addEventListener("focus", () => {
      activeTerminal.value = this;
    });
    this.root.addEventListener("pointerdown", () => this.#used());
    this.root.addEventListener("keydown", (event) => this.#findKey(event), { capture: true });
    this.root.addEventListener("paste", (event) => this.#paste(event), { capture: true });
    this.#undo.push(effect(() => void (channel.owner.value, this.#scale())));
    const toldSight = new AbortController();
    document.addEventListener("visibilitychange", () => this.#tellSight(), { signal: toldSight.signal });
    this.#undo.push(() => toldSight.abort());
  }

  /** Cmd F, Ctrl Shift F, and Ctrl F unless a full-screen program may want it. */
  #findKey(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== "f" || event.altKey || event.ctrlKey === event.metaKey) return;
    const own = event.metaKey ? !event.shiftKey : event.shiftKey || (!isApple && this.term.buffer.active.type === "normal");
    if (!own) return;
    event.preventDefault();
    event.stopPropagation();
    this.find();
  }

  /** Tell at once whether the pane is on a screen: a tablet may freeze the page next. */
  #tellSight(): void {
    if (this.root.isConnected) this.#channel?.size(this.measure());
  }

  /** Drop what the terminal says by itself until this task's synchronous work is done. */
  #hush(): void {
    this.#hushed = true;
    queueMicrotask(() => {
      this.#hushed = false;
    });
  }

  /** A finger or pointer in a pane whose grid another device set takes the grid over. */
  #used(): void {
    if (this.#channel && !this.#channel.owner.value) {
      this.#channel.size({ ...this.measure(), flags: SizeFlag.VISIBLE | SizeFlag.USED });
    }
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = event.clipboardData?.getData("text/plain");
    if (text) void pasteInto(this.term, text);
  }

  #paneChanged(): void {
    clearTimeout(this.#sizeTimer);
    this.#sizeTimer = setTimeout(() => {
      const { width, height } = this.#room();
      if (width === 0 || height === 0) return; // not laid out: nothing to fit
      this.#fit();
      this.#channel?.size(this.measure());
    }, SIZE_DEBOUNCE_MS);
  }

  /** The room inside the padding, in CSS pixels. */
  #room(): { width: number; height: number } {
    if (!this.root.isConnected) return { width: 0, height: 0 };
    const style = getComputedStyle(this.root);
    const pad = (side: string): number => Number.parseFloat(style.getPropertyValue(`padding-${side}`)) || 0;
    return {
      width: Math.max(0, this.root.clientWidth - pad("left") - pad("right")),
      height: Math.max(0, this.root.clientHeight - pad("top") - pad("bottom")),
    };
  }

  /** The size of a cell at the base font; measured while that font is in use. */
  #measureCell(): { width: number; height: number } {
    const screen = this.root.querySelector<HTMLElement>(".xterm-screen");
    if (screen && this.term.options.fontSize === baseFontPx()) {
      const { width, height } = screen.getBoundingClientRect();
      if (width > 0) this.#cell = { width: width / this.term.cols, height: height / this.term.rows };
    }
    return this.#cell;
  }

  get #ended(): boolean {
    return this.term.options.disableStdin === true;
  }

  #fit(): void {
    this.#scale();
    const { height } = this.#room();
    if (height === 0) return;
    if (this.#ended) fitEnded(this.term, this.#grid.rows, height);
    else if (this.term.rows !== this.#grid.rows) this.term.resize(this.#grid.cols, this.#grid.rows);
    this.#showEnd(height);
  }

  /** A grid that is not for this pane, another device's or an ended console's, is shown with smaller
   * letters: the first whole, the second in all its width. Below 8 px the pane scrolls. */
  #scale(): void {
    const base = baseFontPx();
    const { width, height } = this.#room();
    const cell = this.#measureCell();
    const foreign = this.#channel !== null && (this.#ended || !this.#channel.owner.value);
    this.root.classList.toggle("foreign", foreign);
    let font = base;
    if (foreign && cell.width > 0 && width > 0) {
      const whole = this.#ended ? 1 : height / (cell.height * this.#grid.rows);
      const share = Math.min(1, width / (cell.width * this.#grid.cols), whole);
      font = Math.max(SMALLEST_FONT_PX, Math.floor(base * share * 2) / 2);
    }
    if (this.term.options.fontSize !== font) this.term.options.fontSize = font;
  }

  /** A grid that is still higher than its pane shows its last rows. */
  #showEnd(height: number): void {
    const grid = this.root.querySelector<HTMLElement>(".xterm-screen")?.offsetHeight ?? 0;
    this.root.scrollTop = grid > height ? this.root.scrollHeight : 0;
  }

  #picture(): HTMLElement | null {
    const rows = this.root.querySelector(".xterm-rows");
    if (!rows) return null;
    const ghost = rows.cloneNode(true) as HTMLElement;
    ghost.classList.add("console-ghost");
    ghost.setAttribute("aria-hidden", "true");
    rows.after(ghost);
    return ghost;
  }
}

/** What keeps a soft keyboard from "correcting" commands; xterm sets some of these itself. */
function prepareInput(term: Terminal): void {
  const attributes = {
    autocomplete: "off",
    autocorrect: "off",
    autocapitalize: "off",
    spellcheck: "false",
    writingsuggestions: "false",
    enterkeyhint: "enter",
    inputmode: "text",
  };
  for (const [name, value] of Object.entries(attributes)) term.textarea?.setAttribute(name, value);
}

/** Keys that belong to the page also while a terminal has the focus. */
function isReserved(event: KeyboardEvent): boolean {
  if (event.key === "F6") return true;
  if (event.ctrlKey && event.altKey && event.key.startsWith("Arrow")) return true;
  if (event.ctrlKey && event.code === "Backquote") return true;
  return event.metaKey && !(event.key.toLowerCase() === "c");
}

export function keyModes(term: Terminal): { applicationCursorKeys: boolean } {
  return { applicationCursorKeys: term.modes.applicationCursorKeysMode };
}

function baseFontPx(): number {
  return Number.parseFloat(cssValue("--code-size")) || 15;
}

function cssValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(value)));
}
