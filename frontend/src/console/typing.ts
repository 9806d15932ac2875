/** What is typed into a terminal on its way to the program, whichever way it comes: keys, with what the key row holds, keys of
 * the key row itself, what is pasted, what a keyboard corrects. */

import type { Terminal } from "@xterm/xterm";
import { harmless } from "../core/pasting";
import type { Input } from "../input";
import { soon } from "../shell/on_demand";
import { handleKeys, isReserved, prepareInput } from "./keyboard";
import { fold, keyModes } from "./modifiers";
import { swallowQueries } from "./queries";
import { TypedLine } from "./typed_line";

const encoder = new TextEncoder();
/** What a program that asked for it (mode 1004) is told of the focus: nobody pressed a key. */
const FOCUS_REPORT = /^\x1b\[[IO]$/;

export class Typing {
  readonly line: TypedLine;
  #hushed = false;
  #asItIs = false;

  /** `onKey` is called before what is typed is sent. */
  constructor(private readonly term: Terminal, private readonly onKey: () => void) {
    this.line = new TypedLine(term);
  }

  /** Let what is typed go there. The terminal is open. Returns how to stop. */
  start(input: Input): () => void {
    const { term } = this;
    swallowQueries(term, () => this.#hush());
    prepareInput(term);
    const straighten = handleKeys(term, isReserved);
    term.onData((data) => {
      if (this.#hushed) return;
      const sent = this.#asItIs ? data : fold(straighten(data), keyModes(term));
      if (!FOCUS_REPORT.test(data)) {
        this.onKey();
        this.line.note(sent);
      }
      input.send(encoder.encode(sent));
    });
    term.onBinary((data) => input.send(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    return soon(({ takeCorrections }) => takeCorrections(term, () => this.line.front, (bytes) => this.type(bytes)));
  }

  /** Send the bytes of a key of the key row as if typed. What is held of the key row is in them already, or not meant. */
  type(bytes: string): void {
    this.#asItIs = true;
    this.term.input(bytes);
    this.#asItIs = false;
  }

  /** Send a text as one piece where the program can take it so. What would act as a key in it is left out. */
  paste(text: string): void {
    this.#asItIs = true;
    this.term.paste(harmless(text));
    this.#asItIs = false;
  }

  /** Drop what the terminal says by itself until this task's synchronous work is done. */
  #hush(): void {
    this.#hushed = true;
    queueMicrotask(() => {
      this.#hushed = false;
    });
  }
}
