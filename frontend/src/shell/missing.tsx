/** What a browser keeps from a page without trusted https: said once on each device, with what to do. */

import { say } from "./notices";
import { DialogBody, openDialog } from "./overlays";

type Cause = "plain" | "untrusted";

const SAID = "ide.missing-said";

const WORDS: Record<Cause, string> = {
  plain: "This address is plain http, so the browser keeps the clipboard button, sharing and the offline page from it. All else works.",
  untrusted: "This browser does not trust the server's certificate, so there is no offline page and no app. All else works.",
};

export function sayMissing(cause: Cause): void {
  if (wasSaid(cause)) return;
  say(WORDS[cause], "warn", { label: "What to do", run: explain }, SAID);
}

/** Remembered when it is said: a second time would only be in the way. A browser that keeps nothing hears it again. */
function wasSaid(cause: Cause): boolean {
  try {
    const before = localStorage.getItem(SAID);
    localStorage.setItem(SAID, cause);
    return before === cause;
  } catch {
    return false;
  }
}

function explain(): void {
  void openDialog<null>("Trusted https", (close) => (
    <DialogBody title="Trusted https">
      <p>
        Reading the clipboard by a button, sharing, installing as an app and a page for when the network is away need https with a
        certificate that this device trusts. Pasting by the keyboard or the system's own menu works without.
      </p>
      <p>On the server, once:</p>
      <pre>./run make-cert{"\n"}./run --lan --tls</pre>
      <p>It prints an address for this device, where the certificate and the steps to trust it are.</p>
      <p>A proxy with a public certificate, or a name from a private VPN, does as well.</p>
      <div class="dialog-buttons"><button type="button" onClick={() => close(null)}>Close</button></div>
    </DialogBody>
  ));
}
