/** What was printed last, as text that a screen reader reads from its beginning: whoever hears the page cannot look for it. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { textFrom } from "../core/copy_text";
import { shownTitle } from "../core/naming";
import { DialogBody, openDialog } from "../shell/overlays";
import { rowsOf } from "./rows";
import { consoleById } from "./store";
import type { ConsoleTerminal } from "./terminal";

/** Read where nothing was typed on this page. */
const LAST_ROWS = 40;

/** Open what stands below the line that was typed last, a full-screen program's screen, or else the last rows. */
export function readLastOutput(terminal: ConsoleTerminal): void {
  const { term } = terminal;
  const { type, baseY, cursorY } = term.buffer.active;
  const below = type === "normal" ? (terminal.typing.line.below ?? Math.max(0, baseY + cursorY + 1 - LAST_ROWS)) : 0;
  const text = textFrom(rowsOf(term), below);
  const info = consoleById(terminal.consoleId);
  const title = `Last output of ${info ? shownTitle(info) : "the console"}`;
  const had = terminal.root.contains(document.activeElement);
  void openDialog<null>(title, (close) => <LastOutput title={title} text={text} close={() => close(null)} />, { wide: true }).then(() => had && terminal.focus(false));
}

function LastOutput({ title, text, close }: { title: string; text: string; close: () => void }) {
  const shown = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => shown.current?.focus(), []);
  return (
    <DialogBody title={title}>
      <pre ref={shown} class="last-output" tabIndex={0} aria-label="Output">{text || "Nothing was printed."}</pre>
      <div class="dialog-buttons"><button type="button" onClick={close}>Close</button></div>
    </DialogBody>
  );
}
