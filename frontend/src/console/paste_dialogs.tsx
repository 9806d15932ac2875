/** What is asked before something is pasted into a terminal. Loaded when it is first wanted. */

import { useRef } from "preact/hooks";
import { pasteLines } from "../core/pasting";
import { DialogBody, openDialog } from "../shell/overlays";

/** Whether a program may take these lines one by one: they are shown. */
export async function askToPaste(text: string): Promise<boolean> {
  const { shown, count, more } = pasteLines(text);
  const title = `Paste ${count} lines?`;
  const answer = await openDialog<true>(title, (close) => (
    <DialogBody title={title}>
      <p>The program takes them as if you typed them, with Enter after each.</p>
      <pre class="paste-lines" tabIndex={0} role="region" aria-label="The lines">{shown.join("\n")}</pre>
      {more > 0 && <p>And {more} more.</p>}
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={() => close(true)}>Paste</button>
        <button type="button" onClick={() => close(null)}>Cancel</button>
      </div>
    </DialogBody>
  ));
  return answer === true;
}

/** Ask for the text where the browser keeps the clipboard closed; null when the person turned away. */
export function askForText(): Promise<string | null> {
  return openDialog<string>("Paste", (close) => <PasteField close={close} />);
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
