/** A text to be copied by hand, where the browser lets no page copy. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { DialogBody, openDialog } from "../shell/overlays";

export function showOutputText(text: string, left: readonly string[]): void {
  void openDialog<null>("Its output", (close) => <OutputText text={text} left={left} close={() => close(null)} />, { wide: true });
}

function OutputText({ text, left, close }: { text: string; left: readonly string[]; close: () => void }) {
  const shown = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => shown.current?.focus(), []);
  return (
    <DialogBody title="Its output">
      <p>{["The browser does not let this page copy. Select the text and use its own Copy.", ...left].join(" ")}</p>
      <pre ref={shown} class="last-output" tabIndex={0} aria-label="Output">{text}</pre>
      <div class="dialog-buttons"><button type="button" onClick={close}>Close</button></div>
    </DialogBody>
  );
}
