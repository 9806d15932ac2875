/**
 * The terminal of one console: xterm.js on a channel of the link. An imperative island: `start(host)`
 * puts it into a pane, `stop()` takes it out and keeps it attached, `dispose()` leaves the console.
 *
 * Its grid changes only when the keeper says so (RESIZED, snapshot); a pane that changes size asks.
 */

import { Terminal } from "@xterm/xterm";
import { effect, signal, type Signal, untracked } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Channel } from "../channel";
import type { Link } from "../link";
import type { ChannelScreen } from "../playback";
import type { Offer } from "../core/clipboard_offer";
import { codeFamily, terminalLetters } from "../shell/letters";
import { sayError } from "../shell/notices";
import { later } from "../shell/on_demand";
import { SizeFlag, type SizeNow } from "../wire";
import { activeTerminal, giveKeys } from "./active";
import { ComingBack } from "./away";
import { pasteInto } from "./clipboard";
import { readColours, type Colours } from "./colours";
import { Fitting } from "./fitting";
import { PlaceMemory } from "./places";
import { cellAt } from "./rows";
import { announced } from "./screen_reader";
import { Searching } from "./searching";
import { writeSnapshot } from "./snapshot";
import { actions, consoleById } from "./store";
import { TerminalTouch } from "./touch";
import { Typing } from "./typing";
import { keyboardUp } from "./viewport";
import { refuseLinks, TerminalLinks } from "./weblinks";
import { EngineWidths } from "./widths";

const SCROLLBACK_ROWS = 5000;
const SIZE_DEBOUNCE_MS = 150;

export class ConsoleTerminal implements ChannelScreen {
  readonly root = document.createElement("div");
  readonly term: Terminal;
  readonly comingBack: ComingBack;
  readonly typing: Typing;
  readonly searching = new Searching(this);
  /** What the program would like on the clipboard, until it is copied or turned down. */
  readonly offer: Signal<Offer | null> = signal(null);
  /** A finger taps what stands beside the rows; false where nothing is. */
  tapped: (x: number, y: number, reach?: number) => boolean = () => false;
  /** What stands over the terminal in its pane: the whole output. */
  readonly over: Signal<(() => ComponentChildren) | null> = signal(null);
  #channel: Channel | null = null;
  #visible = false;
  #shown = false;
  #fitting: Fitting;
  #sizeTimer: ReturnType<typeof setTimeout> | undefined;
  #observer = new ResizeObserver(() => this.#paneChanged());
  #touch: TerminalTouch;
  #undo: (() => void)[] = [];
  /** Of each piece that is not parsed yet, the one being parsed first. */
  #freshness: boolean[] = [];
  #links = new TerminalLinks(this.root, () => this.term);
  #memory: PlaceMemory;

  constructor(
    private readonly link: Link,
    readonly consoleId: string,
    colours: Colours = readColours(),
  ) {
    this.root.className = "console-terminal";
    this.term = new Terminal({
      allowProposedApi: true, // for the width tables
      scrollback: SCROLLBACK_ROWS,
      fontFamily: codeFamily(),
      fontSize: terminalLetters.px,
      minimumContrastRatio: 4.5,
      cursorBlink: true, // the style sheet knows who wants no motion
      cursorInactiveStyle: "outline",
      macOptionClickForcesSelection: true,
      theme: colours.xterm,
      linkHandler: this.#links.handler,
    });
    this.comingBack = new ComingBack(this.term);
    this.#fitting = new Fitting(this.root, this.term, () => this.#channel?.owner.value ?? true);
    this.#memory = new PlaceMemory(consoleId, this.term);
    this.typing = new Typing(this.term, () => this.comingBack.clear());
    this.#touch = new TerminalTouch(this.root, this.term, {
      focus: () => this.focus(),
      openLink: (x, y) => this.tapped(x, y) || this.#links.openAt(x, y),
      select: (x, y) => this.select(cellAt(this.term, x, y)),
      zoom: (scale, over) => terminalLetters.pinch(scale, over),
    });
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

  /** Let what is typed next go here. Without `mayOpenKeyboard` no on-screen keyboard comes that is not there. */
  focus(mayOpenKeyboard = true): void {
    const field = this.term.textarea;
    const mode = mayOpenKeyboard || keyboardUp.peek() ? "text" : "none";
    if (field && field.inputMode !== mode) {
      field.inputMode = mode; // while it has the focus: WebKit on tablets heeds no change made in between
      field.blur(); // and elsewhere a keyboard comes with the focus alone
    }
    this.term.focus();
  }

  /** Show what the terminal holds as text to select from, opened at a cell, or at the end of what is in sight. */
  select(at?: { readonly row: number; readonly column: number }): void {
    const mayOpenKeyboard = keyboardUp.peek();
    import("./copy_mode").then(({ openCopyMode }) => openCopyMode(this, at, mayOpenKeyboard)).catch(sayError);
  }

  setVisible(visible: boolean): void {
    if (this.#visible === visible) return;
    this.#visible = visible;
    this.#tellSight();
    this.#paneChanged();
  }

  setEnded(ended: boolean): void {
    if (this.term.options.disableStdin === ended) return;
    this.term.options.disableStdin = ended;
    this.#fitting.fit();
  }

  /** Start again what ended. What is typed from now on waits for the new session. */
  startAgain(): void {
    if (!this.term.options.disableStdin) return; // pressed twice
    const { cols, rows } = this.measure();
    this.#channel?.input.hold(true);
    giveKeys(() => this);
    queueMicrotask(() => this.setEnded(false)); // after the focus, which what ended may want reported
    void actions.restart(this.consoleId, { cols, rows }).catch(sayError).finally(() => {
      this.setEnded(consoleById(this.consoleId)?.state === "ended");
      this.#channel?.input.hold(false);
    });
  }

  setColours(colours: Colours): void {
    this.term.options.theme = colours.xterm;
  }

  /** The grid of an ended console while letters are smaller for it, else null. */
  get small(): Fitting["small"] {
    return this.#fitting.small;
  }

  /** Show what ended on a larger pane in letters of the usual size. */
  fitHere(): void {
    this.#fitting.breakHere();
  }

  /** Ask for the grid that fills this pane, whoever set it before: what is typed next is meant for it. */
  claim(): void {
    giveKeys(() => this);
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
    this.#memory.keepThrough(() => {
      this.#fitting.take(cols, rows);
      this.#fitting.fit();
    });
  }

  /** The old picture stays until the new one is parsed. */
  replace(cols: number, rows: number, data: Uint8Array | null, parsed: () => void): void {
    const ghost = this.#shown ? this.#picture() : null;
    this.#memory.remember(!this.#shown);
    this.#shown = true;
    this.term.reset();
    this.#fitting.take(cols, rows);
    this.#fitting.drawing = true;
    this.#fitting.scale();
    const done = (): void => {
      this.#fitting.drawing = false;
      this.#fitting.fit();
      this.term.scrollToBottom();
      requestAnimationFrame(() => ghost?.remove());
      parsed();
    };
    if (data) writeSnapshot(this.term, data, done);
    else done();
  }

  measure(): SizeNow {
    return this.#fitting.measure(this.#visible && !document.hidden);
  }

  #open(): void {
    const { term } = this;
    term.open(this.root);
    term.unicode.register(new EngineWidths());
    term.unicode.activeVersion = "engine";
    this.#undo.push(this.#links.addText());
    refuseLinks(term);
    term.parser.registerOscHandler(52, (osc) => {
      if (this.#freshness[0]) later(({ offerOf }) => { this.offer.value = offerOf(osc) ?? this.offer.value; });
      return true; // a question is not answered either
    });
    const channel = this.link.attach(this.consoleId, this);
    this.#channel = channel;
    channel.onCaughtUp = () => this.#memory.goBack();
    channel.onAway = (away) => this.comingBack.show(away);
    this.#undo.push(this.typing.start(channel.input));
    term.textarea?.addEventListener("focus", () => {
      activeTerminal.value = this;
    });
    this.root.addEventListener("pointerdown", () => this.#used());
    this.root.addEventListener("paste", (event) => this.#paste(event), { capture: true });
    this.#undo.push(effect(() => void (channel.owner.value, this.#fitting.scale())));
    this.#undo.push(effect(() => void (terminalLetters.px, untracked(() => this.#lettersChanged()))));
    this.#undo.push(effect(() => void (term.options.screenReaderMode = announced.value)));
    const toldSight = new AbortController();
    document.addEventListener("visibilitychange", () => this.#tellSight(), { signal: toldSight.signal });
    this.#undo.push(() => toldSight.abort(), this.#memory.follow(this));
  }

  /** Tell at once whether the pane is on a screen: a tablet may freeze the page next. */
  #tellSight(): void {
    if (this.root.isConnected) this.#channel?.size(this.measure());
  }

  /** A finger or pointer in a pane whose grid another device set takes the grid over. */
  #used(): void {
    if (this.#channel && !this.#channel.owner.value) {
      this.#channel.size({ ...this.measure(), flags: SizeFlag.VISIBLE | SizeFlag.USED });
    }
  }

  #lettersChanged(): void {
    this.#fitting.fit();
    this.#paneChanged();
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = event.clipboardData?.getData("text/plain");
    if (text) void pasteInto(this, text);
  }

  #paneChanged(): void {
    clearTimeout(this.#sizeTimer);
    this.#sizeTimer = setTimeout(() => {
      if (!this.#fitting.hasRoom) return;
      this.#fitting.fit();
      this.#channel?.size(this.measure());
    }, SIZE_DEBOUNCE_MS);
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
