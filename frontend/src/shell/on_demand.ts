/** What is loaded when it is first wanted. */

import { signal } from "@preact/signals";
import { type ComponentType, h } from "preact";
import { useEffect } from "preact/hooks";
import { sayError } from "./notices";

export type Parts = typeof import("../later");

/** What nobody needs before the first prompt, once it was loaded. */
export const here = signal<Parts | null>(null);

async function load(): Promise<Parts> {
  const parts = await import("../later");
  here.value = parts;
  return parts;
}

/** Do something with the parts of the page that the first prompt did not need; what goes wrong is said to the person. */
export function later(act: (parts: Parts) => unknown): void {
  load().then(act).catch(sayError);
}

/** A component out of those parts. Until they are here, which its first use asks for, it shows nothing. */
export function late<P extends object>(pick: (parts: Parts) => ComponentType<P>): ComponentType<P> {
  return (props) => {
    const parts = here.value;
    useEffect(() => later(() => undefined), []);
    return parts && h(pick(parts), props);
  };
}

const SOON_MS = 2000;

/** Do it by oneself a moment after the first prompt: the page's first bytes have a budget. Without the network it is left out.
 * Returns how to stop. */
export function soon(act: (parts: Parts) => void): () => void {
  let gone = false;
  const timer = setTimeout(() => {
    load().then((parts) => gone || act(parts), () => undefined);
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
