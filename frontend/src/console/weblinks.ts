/** Links in a terminal: what programs print is not trusted, so only web and mail addresses open, in a
 * window that cannot reach this one. */

import type { IBufferRange, ILinkHandler, Terminal } from "@xterm/xterm";
import { say, sayError } from "../shell/notices";

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

/** OSC 8: the text shown may be another than the address. The address is shown under the pointer, and
 * before it opens unless the text is just that. */
export function oscLinks(root: HTMLElement, term: () => Terminal): ILinkHandler {
  return {
    allowNonHttpProtocols: true, // else xterm leaves mailto out; we decide
    activate: (event, text, range) => {
      const url = openable(text);
      const shown = textAt(term(), range);
      if (!url) say(`“${shown}” was not opened: only web and mail links are.`);
      else if (shown === text) openLink(event, text);
      else import("../later").then(({ askToOpen }) => askToOpen(url, shown), sayError);
    },
    hover: (_event, text) => {
      root.title = openable(text) ?? "This kind of link is not opened.";
    },
    leave: () => root.removeAttribute("title"),
  };
}

/** What stands in the terminal, from and to 1-based cells, the last one included. */
function textAt(term: Terminal, { start, end }: IBufferRange): string {
  const rows = Array.from({ length: end.y - start.y + 1 }, (_, index) => {
    const y = start.y + index;
    const line = term.buffer.active.getLine(y - 1);
    return line?.translateToString(true, y === start.y ? start.x - 1 : 0, y === end.y ? end.x : undefined) ?? "";
  });
  return rows.join("").trim();
}

/** Make addresses in plain text open on a tap, a moment after the first prompt: the page's first bytes
 * have a budget. Without the network they stay plain text. Returns how to stop. */
export function addTextLinks(term: Terminal): () => void {
  let gone = false;
  const timer = setTimeout(() => {
    import("@xterm/addon-web-links").then(
      ({ WebLinksAddon }) => gone || term.loadAddon(new WebLinksAddon(openLink)),
      () => undefined,
    );
  }, LINKS_AFTER_MS);
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

/** Leave the text of an OSC 8 link that will not be opened as plain as any other. */
export function refuseLinks(term: Terminal): void {
  let open = false;
  term.parser.registerOscHandler(8, (data) => {
    const target = data.slice(data.indexOf(";") + 1);
    // One that follows on another without ending it must reach xterm, or it would lead where that one does.
    if (target && !open && !openable(target)) return true;
    open = target !== "";
    return false;
  });
}
