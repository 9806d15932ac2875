/** Copy and paste. Plain http has no asynchronous clipboard, and a browser may refuse to read it: there
 * is always a way that works by hand. */

import type { Terminal } from "@xterm/xterm";
import { useRef } from "preact/hooks";
import { say } from "../shell/notices";
import { ask, DialogBody, openDialog } from "../shell/overlays";

/** Copy inside the gesture that asked for it. */
export async function copyText(text: string): Promise<void> {
  try {
    if (!navigator.clipboard) throw new Error("no clipboard on plain http");
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyByHand(text)) say("The browser does not let this page copy. Select the text and use its own Copy.", "warn");
  }
}

/** The way of old: a selected text field and the copy command. It gives the focus back. */
function copyByHand(text: string): boolean {
  const before = document.activeElement as HTMLElement | null;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}

/** The Paste key: the clipboard's text, or a field to paste into where the browser keeps it closed. */
export async function pasteFromKey(term: Terminal): Promise<void> {
  let text: string | null = null;
  try {
    text = navigator.clipboard ? await navigator.clipboard.readText() : null;
  } catch {
    text = null; // refused or dismissed
  }
  if (text === null) text = await openDialog<string>("Paste", (close) => <PasteField close={close} />);
  if (text) await pasteInto(term, text);
}

/** Paste, bracketed where the program asked for it. Several lines that a program would run one by one
 * are asked about first. */
export async function pasteInto(term: Terminal, text: string): Promise<void> {
  const lines = text.replace(/\r?\n$/, "").split(/\r\n|\r|\n/).length;
  if (lines > 1 && !term.modes.bracketedPasteMode) {
    const answer = await ask("Paste several lines?", `The program takes these ${lines} lines as if you typed them, with Enter after each.`, [
      { value: "paste", label: `Paste ${lines} lines`, look: "primary" },
      { value: "cancel", label: "Cancel" },
    ]);
    if (answer !== "paste") return term.focus();
  }
  term.paste(text);
  term.focus();
}

function PasteField({ close }: { close: (text: string | null) => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <DialogBody title="Paste">
      <p>This browser does not let the page read the clipboard. Paste here, then send.</p>
      <textarea ref={field} rows={4} aria-label="Text to paste" autocomplete="off" autocapitalize="off" spellcheck={false} />
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={() => close(field.current?.value ?? null)}>Send to the console</button>
        <button type="button" onClick={() => close(null)}>Cancel</button>
      </div>
    </DialogBody>
  );
}
