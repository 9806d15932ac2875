/** How text is coloured: what "select graphic rendition" (CSI … m) sets, kept from line to line. */

/** 0 to 255 a colour of the palette, RGB and above `0xrrggbb`, DEFAULT none. */
export type Colour = number;
export const DEFAULT: Colour = -1;
export const RGB = 0x1000000;

export interface Style {
  readonly fg: Colour;
  readonly bg: Colour;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly hidden: boolean;
  readonly struck: boolean;
}

export const PLAIN: Style = {
  fg: DEFAULT, bg: DEFAULT, bold: false, dim: false, italic: false, underline: false, inverse: false, hidden: false, struck: false,
};

/** More parameters than this are not read. */
const MAX_PARAMS = 64;

/** The style after `CSI params m`; the same object where nothing changed. */
export function restyled(style: Style, params: string): Style {
  let now = style;
  const groups = params.split(";").slice(0, MAX_PARAMS);
  for (let at = 0; at < groups.length; at += 1) {
    const parts = (groups[at] ?? "").split(":").map((text) => (text === "" ? 0 : Number(text)));
    const code = parts[0] ?? 0;
    if (code === 38 || code === 48) {
      const inOne = parts.length > 1;
      const rest = inOne ? parts.slice(1) : groups.slice(at + 1, at + 5).map(Number);
      const { colour, taken } = extended(rest, inOne);
      if (!inOne) at += taken;
      if (colour !== null) now = { ...now, [code === 38 ? "fg" : "bg"]: colour };
    } else if (code === 58) {
      if (parts.length === 1) at += Number(groups[at + 1]) === 2 ? 4 : 2;
    } else now = simple(now, code, parts[1]);
  }
  return now;
}

/** The colour after 38 or 48, and how many parameters it took. With colons a colour space may stand before red. */
function extended(rest: readonly number[], inOne: boolean): { colour: Colour | null; taken: number } {
  if (rest[0] === 5) {
    const index = rest[1] ?? 0;
    return { colour: index >= 0 && index <= 255 ? index : null, taken: 2 };
  }
  if (rest[0] !== 2) return { colour: null, taken: 0 };
  const [red, green, blue] = inOne && rest.length > 4 ? rest.slice(2) : rest.slice(1);
  const all = [red ?? 0, green ?? 0, blue ?? 0];
  const good = all.every((one) => Number.isInteger(one) && one >= 0 && one <= 255);
  return { colour: good ? RGB + all.reduce((sum, one) => sum * 256 + one, 0) : null, taken: 4 };
}

function simple(style: Style, code: number, sub: number | undefined): Style {
  switch (code) {
    case 0: return PLAIN;
    case 1: return { ...style, bold: true };
    case 2: return { ...style, dim: true };
    case 3: return { ...style, italic: true };
    case 4: return { ...style, underline: sub !== 0 };
    case 7: return { ...style, inverse: true };
    case 8: return { ...style, hidden: true };
    case 9: return { ...style, struck: true };
    case 21: return { ...style, underline: true };
    case 22: return { ...style, bold: false, dim: false };
    case 23: return { ...style, italic: false };
    case 24: return { ...style, underline: false };
    case 27: return { ...style, inverse: false };
    case 28: return { ...style, hidden: false };
    case 29: return { ...style, struck: false };
    case 39: return { ...style, fg: DEFAULT };
    case 49: return { ...style, bg: DEFAULT };
  }
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 82 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 92 };
  return style;
}

const STEPS = [0, 95, 135, 175, 215, 255];

/** A colour as `#rrggbb`; `ansi` are the sixteen that the page chooses. DEFAULT is `none`. */
export function hex(colour: Colour, ansi: readonly string[], none: string): string {
  if (colour === DEFAULT) return none;
  if (colour >= RGB) return toHex(colour - RGB);
  if (colour < 16) return ansi[colour] ?? none;
  if (colour >= 232) return toHex((8 + (colour - 232) * 10) * 0x010101);
  const cube = colour - 16;
  const [red, green, blue] = [STEPS[Math.floor(cube / 36)] ?? 0, STEPS[Math.floor(cube / 6) % 6] ?? 0, STEPS[cube % 6] ?? 0];
  return toHex((red << 16) | (green << 8) | blue);
}

function toHex(value: number): string {
  return `#${value.toString(16).padStart(6, "0")}`;
}

const READABLE = 4.5;
const TRIES = 10;

/** `fg`, moved towards black or white as far as it takes to be read on `bg`, as the terminal does. Both are #rrggbb. */
export function readable(fg: string, bg: string): string {
  const ground = luminance(bg);
  const to = ground > 0.18 ? 0 : 255;
  let now = channels(fg);
  for (let tries = 0; tries < TRIES && contrast(luminanceOf(now), ground) < READABLE; tries += 1) {
    now = now.map((one) => Math.round(one + (to - one) * 0.2));
  }
  return toHex(now.reduce((sum, one) => sum * 256 + one, 0));
}

function channels(colour: string): number[] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function luminance(colour: string): number {
  return luminanceOf(channels(colour));
}

function luminanceOf(all: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = all.map((one) => {
    const part = one / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
