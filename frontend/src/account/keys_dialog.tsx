/** What the keys of this page do. */

import { keyHelp } from "../shell/key_help";
import { DialogBody, openDialog } from "../shell/overlays";

export function openKeys(): void {
  void openDialog<null>("Keyboard", (close) => (
    <DialogBody title="Keyboard">
      <dl class="keys">
        {keyHelp().map(({ keys, what }) => <div key={what}><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
      <p class="dim">In a console, Ctrl and Alt with a letter belong to the program.</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => close(null)}>Close</button>
      </div>
    </DialogBody>
  ));
}
