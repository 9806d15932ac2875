/** The line that was typed last into a terminal on this page: its text in front of the cursor, and where it ended. */

import type { IMarker, Terminal } from "@xterm/xterm";
import { lineAt } from "../core/rows";
import { afterTyping } from "../core/typed_text";
import { onEmptied, rowsOf } from "./rows";

/** OSC: a shell says its folder before each prompt. */
const FOLDER = 7;

export class TypedLine {
  #marker: IMarker | null = null;
  #front = "";
  /** Lines that were typed since the shell read one. */
  #unread = 0;
  /** The prompt at which the shell read a line that was typed before it. */
  #ahead: IMarker | undefined;

  constructor(private readonly term: Terminal) {
    term.parser.registerOscHandler(FOLDER, () => this.#prompted());
    onEmptied(term, () => {
      this.#marker = null;
      this.#ahead = undefined;
    });
  }

  /** What was typed and is in front of the cursor, as far as that is known. */
  get front(): string {
    return this.#front;
  }

  /** Something is sent to the program: Enter ends a line. */
  note(sent: string): void {
    this.#front = afterTyping(this.#front, sent);
    if (!sent.includes("\r") || this.term.buffer.active.type !== "normal") return;
    this.#unread += 1;
    this.#marker?.dispose();
    this.#marker = this.term.registerMarker(0);
  }

  /** The row below it, where what the command printed begins, 0 when that is held no more; null when no line was typed, or the screen was begun anew. */
  get below(): number | null {
    if (!this.#marker) return null;
    const typed = this.#marker.isDisposed ? 0 : this.#marker.line + 1;
    return Math.max(typed, this.#readAhead());
  }

  #prompted(): boolean {
    this.#unread = Math.max(0, this.#unread - 1);
    if (this.#unread > 0 && this.term.buffer.active.type === "normal") {
      this.#ahead?.dispose();
      this.#ahead = this.term.registerMarker(0);
    }
    return true;
  }

  /** The row below a line that the shell read after the prompt: 0 while it waits there for one. */
  #readAhead(): number {
    if (!this.#ahead || this.#ahead.isDisposed) return 0;
    const { baseY, cursorY } = this.term.buffer.normal;
    const { next } = lineAt(rowsOf(this.term), this.#ahead.line);
    return next <= baseY + cursorY ? next : 0;
  }
}
