/** The terminal's colours, taken from the page's tokens: nothing here names a colour. */

import type { ITheme } from "@xterm/xterm";
import type { Theme } from "../told";

/** The sixteen ANSI colours as tokens. Black and white change places with the scheme. */
export const LIGHT = ["text", "bad", "alive", "warn", "accent", "keyword", "type", "line"];
const LIGHT_BRIGHT = ["dim", "bad", "alive", "warn", "accent", "keyword", "type", "bg"];
export const DARK = ["line", "bad", "alive", "warn", "accent", "keyword", "type", "dim"];
const DARK_BRIGHT = ["control", "bad", "alive", "warn", "accent", "keyword", "type", "text"];
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

export interface Colours {
  readonly xterm: ITheme;
  readonly wire: Theme;
}

/** Read the tokens as they are now. */
export function readColours(root: HTMLElement = document.documentElement): Colours {
  const style = getComputedStyle(root);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const bg = token("bg");
  const fg = token("text");
  const dark = luminance(bg) < luminance(fg);
  const palette = [...(dark ? DARK : LIGHT), ...(dark ? DARK_BRIGHT : LIGHT_BRIGHT)].map(token);
  const ansi: Record<string, string> = {};
  NAMES.forEach((name, index) => {
    ansi[name] = palette[index] as string;
    ansi[`bright${name[0]?.toUpperCase()}${name.slice(1)}`] = palette[index + 8] as string;
  });
  return {
    wire: { fg, bg, cursor: fg, palette },
    xterm: {
      ...ansi,
      foreground: fg,
      background: bg,
      cursor: fg,
      cursorAccent: bg,
      selectionBackground: token("selection"),
      scrollbarSliderBackground: `${token("control")}66`,
      scrollbarSliderHoverBackground: `${token("control")}99`,
      scrollbarSliderActiveBackground: token("control"),
    },
  };
}

/** Call `changed` whenever the scheme or the chosen theme changes. Returns how to stop. */
export function watchColours(changed: (colours: Colours) => void): () => void {
  const tell = (): void => changed(readColours());
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", tell);
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    scheme.removeEventListener("change", tell);
    observer.disconnect();
  };
}

/** Rough brightness of #rrggbb, 0 to 255: enough to tell which of two is darker. */
function luminance(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return 0.3 * (value >> 16) + 0.6 * ((value >> 8) & 0xff) + 0.1 * (value & 0xff);
}
