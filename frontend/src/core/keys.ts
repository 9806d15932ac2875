/** Bytes that a key sends to a program, as xterm sends them. */

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

export const NO_MODIFIERS: Modifiers = { ctrl: false, alt: false, shift: false };

export interface KeyModes {
  /** DECCKM: arrows, Home and End as ESC O instead of ESC [. */
  readonly applicationCursorKeys: boolean;
}

const ESC = "\x1b";
const CURSOR_KEYS: Record<string, string> = {
  ArrowUp: "A",
  ArrowDown: "B",
  ArrowRight: "C",
  ArrowLeft: "D",
  End: "F",
  Home: "H",
};
const FUNCTION_LETTERS: Record<string, string> = { F1: "P", F2: "Q", F3: "R", F4: "S" };
const TILDE_KEYS: Record<string, number> = {
  Insert: 2,
  Delete: 3,
  PageUp: 5,
  PageDown: 6,
  F5: 15,
  F6: 17,
  F7: 18,
  F8: 19,
  F9: 20,
  F10: 21,
  F11: 23,
  F12: 24,
};
/** Ctrl with these gives what xterm gives for the key that carries them. */
const CONTROL_ALIASES: Record<string, number> = {
  " ": 0,
  "2": 0,
  "3": 0x1b,
  "4": 0x1c,
  "5": 0x1d,
  "6": 0x1e,
  "7": 0x1f,
  "-": 0x1f,
  "/": 0x1f,
  "8": 0x7f,
  "?": 0x7f,
};

/** The control character of Ctrl with `char`; `char` itself where there is none. */
export function controlOf(char: string): string {
  const alias = CONTROL_ALIASES[char];
  if (alias !== undefined) return String.fromCharCode(alias);
  return /^[@-_a-z]$/.test(char) ? String.fromCharCode(char.charCodeAt(0) & 0x1f) : char;
}

/** `key` is a name as in KeyboardEvent.key, or one character. */
export function encodeKey(key: string, mods: Modifiers, modes: KeyModes): string {
  const parameter = 1 + (mods.shift ? 1 : 0) + (mods.alt ? 2 : 0) + (mods.ctrl ? 4 : 0);
  const cursor = CURSOR_KEYS[key];
  if (cursor) {
    if (parameter > 1) return `${ESC}[1;${parameter}${cursor}`;
    return modes.applicationCursorKeys ? `${ESC}O${cursor}` : `${ESC}[${cursor}`;
  }
  const letter = FUNCTION_LETTERS[key];
  if (letter) return parameter > 1 ? `${ESC}[1;${parameter}${letter}` : `${ESC}O${letter}`;
  const number = TILDE_KEYS[key];
  if (number) return parameter > 1 ? `${ESC}[${number};${parameter}~` : `${ESC}[${number}~`;
  return (mods.alt ? ESC : "") + plain(key, mods);
}

function plain(key: string, mods: Modifiers): string {
  switch (key) {
    case "Escape":
      return ESC;
    case "Tab":
      return mods.shift ? `${ESC}[Z` : "\t";
    case "Enter":
      return "\r";
    case "Backspace":
      return mods.ctrl ? "\b" : "\x7f";
    default: {
      const text = mods.shift ? key.toUpperCase() : key;
      return mods.ctrl ? controlOf(text) : text;
    }
  }
}
