/** What is loaded when it is first wanted. */

import { signal } from "@preact/signals";
import { type ComponentType, h } from "preact";
import { useEffect } from "preact/hooks";
import { sayError } from "./notices";

/** Do something with the parts of the page that the first prompt did not need; what goes wrong is said to the person. */
export function later(act: (parts: typeof import("../later")) => unknown): void {
  import("../later").then(act).catch(sayError);
}

const here = signal<typeof import("../later") | null>(null);

/** A component out of those parts. Until they are here, which its first use asks for, it shows nothing. */
export function late<P extends object>(pick: (parts: typeof import("../later")) => ComponentType<P>): ComponentType<P> {
  return (props) => {
    const parts = here.value;
    useEffect(() => later((all) => { here.value = all; }), []);
    return parts && h(pick(parts), props);
  };
}

const SOON_MS = 2000;

/** Do it by oneself a moment after the first prompt: the page's first bytes have a budget. Without the network it is left out.
 * Returns how to stop. */
export function soon(act: (parts: typeof import("../later")) => void): () => void {
  let gone = false;
  const timer = setTimeout(() => {
    import("../later").then((parts) => gone || act(parts), () => undefined);
  }, SOON_MS);
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

/** The command palette, or with "files" the list of files to open. */
export function openPalette(what: "commands" | "files"): void {
  import("../palette/palette").then(({ showPalette }) => showPalette(what)).catch(sayError);
}

export function runSelection(): void {
  import("./run_selection").then((parts) => parts.runSelection()).catch(sayError);
}
