/** Links in a terminal: what programs print is not trusted, so only web and mail addresses open, in a
 * window that cannot reach this one. */

import type { ILinkHandler, Terminal } from "@xterm/xterm";

const LINKS_AFTER_MS = 2000;
const OPENABLE = new Set(["http:", "https:", "mailto:"]);

/** The address as a browser reads it; null when it is none that may be opened. */
export function openable(text: string): string | null {
  try {
    const url = new URL(text);
    return OPENABLE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function openLink(_event: MouseEvent, text: string): void {
  const url = openable(text);
  if (url) window.open(url, "_blank", "noopener,noreferrer");
}

/** OSC 8: the text shown may be another than the address, so the address is shown under the pointer. */
export function oscLinks(root: HTMLElement): ILinkHandler {
  return {
    allowNonHttpProtocols: true, // else xterm leaves mailto out; openLink decides
    activate: openLink,
    hover: (_event, text) => {
      root.title = openable(text) ?? "This kind of link is not opened.";
    },
    leave: () => root.removeAttribute("title"),
  };
}

/** Make addresses in plain text open on a tap, a moment after the first prompt: the page's first bytes
 * have a budget. Without the network they stay plain text. */
export function addTextLinks(term: Terminal): void {
  setTimeout(() => {
    import("@xterm/addon-web-links").then(
      ({ WebLinksAddon }) => term.loadAddon(new WebLinksAddon(openLink)),
      () => undefined,
    );
  }, LINKS_AFTER_MS);
}
