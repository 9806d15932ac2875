/** Where a link of a program leads, before it is opened: its text may say something else. */

import { DialogBody, openDialog } from "../shell/overlays";
import { copyText } from "./clipboard";

/** Ask whether to open `url`; `shown` is what stands in the terminal. */
export function askToOpen(url: string, shown: string): void {
  void openDialog("Open this link?", (close) => (
    <DialogBody title="Open this link?">
      <p>“{shown}” leads to</p>
      <p class="link-target">{url}</p>
      <div class="dialog-buttons">
        <a class="button primary" href={url} target="_blank" rel="noopener noreferrer" onClick={() => close(null)}>Open</a>
        <button type="button" onClick={() => { close(null); void copyText(url); }}>Copy the address</button>
        <button type="button" onClick={() => close(null)}>Cancel</button>
      </div>
    </DialogBody>
  ));
}
