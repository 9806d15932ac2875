/** Terminal queries: the keeper alone answers them, so every viewer's terminal swallows them. Without
 * this, output that is replayed would type answers into the shell, and two viewers would answer twice. */

import type { IDisposable, Terminal } from "@xterm/xterm";

/** Reports of CSI Ps t; the other window operations keep their handlers. */
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);
const FOCUS_REPORTING = 1004;
/** OSC numbers that ask when their text is, or ends with, "?". */
const COLOURS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/** Make `term` mute. `hush` is called when a sequence that is not a query would still make the terminal
 * speak (switching focus reports on answers with the focus): drop what it says until the end of this
 * task's synchronous work. */
export function swallowQueries(term: Terminal, hush: () => void): IDisposable {
  const { parser } = term;
  const swallow = (): boolean => true;
  const handlers: IDisposable[] = [
    parser.registerCsiHandler({ final: "c" }, swallow),
    parser.registerCsiHandler({ prefix: ">", final: "c" }, swallow),
    parser.registerCsiHandler({ prefix: "=", final: "c" }, swallow),
    parser.registerCsiHandler({ final: "n" }, swallow),
    parser.registerCsiHandler({ prefix: "?", final: "n" }, swallow),
    parser.registerCsiHandler({ intermediates: "$", final: "p" }, swallow),
    parser.registerCsiHandler({ prefix: "?", intermediates: "$", final: "p" }, swallow),
    parser.registerCsiHandler({ prefix: ">", final: "q" }, swallow),
    parser.registerCsiHandler({ prefix: "?", final: "u" }, swallow),
    parser.registerCsiHandler({ final: "x" }, swallow),
    parser.registerCsiHandler({ final: "t" }, ([operation]) => WINDOW_REPORTS.has(Number(operation))),
    parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
      if (params.includes(FOCUS_REPORTING)) hush();
      return false;
    }),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, swallow),
    parser.registerDcsHandler({ intermediates: "+", final: "q" }, swallow),
    parser.registerEscHandler({ final: "Z" }, swallow),
    ...COLOURS.map((number) => parser.registerOscHandler(number, asks)),
  ];
  return { dispose: () => handlers.forEach((handler) => handler.dispose()) };
}

/** One OSC may set some colours and ask for others; a question in it makes all of it the keeper's. */
function asks(text: string): boolean {
  return text.split(";").some((part) => part === "?");
}
