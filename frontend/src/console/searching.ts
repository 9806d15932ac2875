/** The search over a terminal's output, while it is open; its code comes with the first one. */

import { signal, type Signal } from "@preact/signals";
import { isApple } from "../shell/key_help";
import { sayError } from "../shell/notices";
import { giveKeys } from "./active";
import type { FindBar } from "./find_bar";
import type { ConsoleTerminal } from "./terminal";

export class Searching {
  /** What shows it; null while it is closed. */
  readonly bar: Signal<typeof FindBar | null> = signal(null);

  constructor(private readonly terminal: ConsoleTerminal) {
    terminal.root.addEventListener("keydown", (event) => this.#key(event), { capture: true });
  }

  /** Open it, or go back into it. */
  open(): void {
    if (this.bar.value) return this.terminal.root.closest(".console-pane")?.querySelector<HTMLElement>(".console-find input")?.focus();
    import("./find_bar").then(({ FindBar }) => { this.bar.value = FindBar; }, sayError);
  }

  close(): void {
    giveKeys(() => this.terminal);
    this.bar.value = null;
  }

  /** Cmd F, Ctrl Shift F, and Ctrl F unless a full-screen program may want it. */
  #key(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== "f" || event.altKey || event.ctrlKey === event.metaKey) return;
    const own = event.metaKey ? !event.shiftKey : event.shiftKey || (!isApple && this.terminal.term.buffer.active.type === "normal");
    if (!own) return;
    event.preventDefault();
    event.stopPropagation();
    this.open();
  }
}
