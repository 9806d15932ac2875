/** Links in a terminal: what programs print is not trusted, so only web and mail addresses open, in a
 * window that cannot reach this one. */

import type { IBufferRange, ILinkHandler, Terminal } from "@xterm/xterm";
import { say } from "../shell/notices";
import { later, soon } from "../shell/on_demand";

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

function openLink(_event: unknown, text: string): void {
  const url = openable(text);
  if (url) window.open(url, "_blank", "noopener,noreferrer");
}

/** The links of one terminal. */
export class TerminalLinks {
  /** Opens the one under the pointer; null where there is none. */
  #under: (() => void) | null = null;

  constructor(private readonly root: HTMLElement, private readonly term: () => Terminal) {}

  /** OSC 8: the text shown may be another than the address. The address is shown under the pointer, and
   * before it opens unless the text is just that. */
  readonly handler: ILinkHandler = {
    allowNonHttpProtocols: true, // else xterm leaves mailto out; we decide
    activate: (_event, text, range) => this.#openShown(text, range),
    hover: (_event, text, range) => {
      this.root.title = openable(text) ?? "This kind of link is not opened.";
      this.#under = () => this.#openShown(text, range);
    },
    leave: () => {
      this.root.removeAttribute("title");
      this.#under = null;
    },
  };

  /** Make addresses in plain text open on a tap, soon. Returns how to stop. */
  addText(): () => void {
    const hover = (_event: MouseEvent, text: string): void => {
      this.#under = () => openLink(null, text);
    };
    const leave = (): void => {
      this.#under = null;
    };
    return soon(({ WebLinksAddon }) => this.term().loadAddon(new WebLinksAddon(openLink, { hover, leave })));
  }

  /** Open the link at a place of the window; false where there is none. xterm looks for links under a mouse only, so
   * one is moved there: to the other end of the screen first, because it looks again only in another row. */
  openAt(clientX: number, clientY: number): boolean {
    const screen = this.root.querySelector(".xterm-screen");
    const box = screen?.getBoundingClientRect();
    if (!screen || !box) return false;
    const away = clientY > box.top + box.height / 2 ? box.top + 1 : box.bottom - 1;
    for (const y of [away, clientY]) screen.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY: y }));
    const open = this.#under;
    screen.dispatchEvent(new MouseEvent("mouseleave"));
    open?.();
    return open !== null;
  }

  #openShown(text: string, range: IBufferRange): void {
    const url = openable(text);
    const shown = textAt(this.term(), range);
    if (!url) say(`“${shown}” was not opened: only web and mail links are.`);
    else if (shown === text) openLink(null, text);
    else later(({ askToOpen }) => askToOpen(url, shown));
  }
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
