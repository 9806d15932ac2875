/** The keys of a terminal: those always at hand, and the second set. */

import clipboardPaste from "lucide:clipboard-paste";
import lassoSelect from "lucide:lasso-select";
import squarePen from "lucide:square-pen";
import { activeTerminal } from "../console/active";
import { pasteFromKey } from "../console/clipboard";
import { keyModes, type Sticky, take, tap } from "../console/modifiers";
import { encodeKey, type Modifiers, NO_MODIFIERS } from "../core/keys";
import type { Direction } from "../core/steering";
import type { Key } from "./key";
import { openCompose } from "./slot";

/** Send a key to the terminal that has the keys, with what is held and with modifiers of its own. */
function send(value: string, own: Modifiers = NO_MODIFIERS): void {
  const terminal = activeTerminal.peek();
  if (!terminal) return;
  const held = take();
  const all = { ctrl: held.ctrl || own.ctrl, alt: held.alt || own.alt, shift: held.shift || own.shift };
  terminal.typing.type(encodeKey(value, all, keyModes(terminal.term)));
}

/** A key that types `text` as it is: what is held of Ctrl, Alt and Shift is not meant for it. */
export function typing(text: string, face: string, name: string, more: Partial<Key> = {}): Key {
  return { name, face, press: () => activeTerminal.peek()?.typing.type(text), ...more };
}

/** `value` is as in KeyboardEvent.key. */
export function key(value: string, face = value, name = value, more: Partial<Key> = {}): Key {
  return { name, face, press: () => send(value), ...more };
}

const NAMES: Readonly<Record<string, string>> = {
  "|": "Pipe", "/": "Slash", "-": "Minus", "~": "Tilde", "_": "Underscore", "$": "Dollar", "*": "Asterisk", "&": "Ampersand", '"': "Quote",
  "'": "Apostrophe", "\u0060": "Backtick", "<": "Less than", ">": "Greater than", "\\": "Backslash", ";": "Semicolon", "=": "Equals", "+": "Plus", "^": "Caret",
  "?": "Question mark", "!": "Exclamation mark", "#": "Hash", "@": "At sign", "{": "Left brace", "}": "Right brace", "[": "Left bracket", "]": "Right bracket",
  "(": "Left parenthesis", ")": "Right parenthesis", "%": "Percent", ":": "Colon", ",": "Comma",
};

export const charName = (char: string): string => NAMES[char] ?? char;
const chars = (all: string): Key[] => [...all].map((char) => key(char, char, charName(char)));
export const char = (value: string, menu = ""): Key => key(value, value, charName(value), menu ? { menu: chars(menu) } : {});

export const withCtrl = (letters: string): Key[] =>
  [...letters].map((letter) => ({ name: `Ctrl ${letter.toUpperCase()}`, face: `^${letter.toUpperCase()}`, press: () => send(letter, { ...NO_MODIFIERS, ctrl: true }) }));
const withAlt = (letters: string): Key[] =>
  [...letters].map((letter) => ({ name: `Alt ${letter.toUpperCase()}`, face: `⌥${letter}`, press: () => send(letter, { ...NO_MODIFIERS, alt: true }) }));

function sticky(name: Sticky, face: string, menu: readonly Key[] = []): Key {
  return { name: face, face, sticky: name, press: () => tap(name), ...(menu.length > 0 ? { menu } : {}) };
}

const backTab: Key = { name: "Shift Tab", face: "⇧Tab", press: () => send("Tab", { ...NO_MODIFIERS, shift: true }) };
const escape = key("Escape", "Esc", "Esc");
const tab = key("Tab", "Tab", "Tab", { menu: [backTab] });
const ctrl = sticky("ctrl", "Ctrl", withCtrl("cdzlaerwu"));
const alt = sticky("alt", "Alt", withAlt("bfd."));
const shift = sticky("shift", "Shift");
const ARROWS: Readonly<Record<Direction, string>> = { left: "ArrowLeft", down: "ArrowDown", up: "ArrowUp", right: "ArrowRight" };
const stick: Partial<Key> = { repeats: true, steer: (direction) => send(ARROWS[direction]) };
const arrows: readonly Key[] = [
  key("ArrowLeft", "←", "Left", stick), key("ArrowDown", "↓", "Down", stick), key("ArrowUp", "↑", "Up", stick), key("ArrowRight", "→", "Right", stick),
];
const signs: readonly Key[] = [char("|", "&;<>"), char("/", "\\?%"), char("-", "_+=*"), char("~", "\u0060$@#")];

export const compose: Key = {
  name: "Compose", face: squarePen, icon: true,
  press: () => {
    const terminal = activeTerminal.peek();
    if (terminal) openCompose(terminal.consoleId);
  },
};
const paste: Key = {
  name: "Paste", face: clipboardPaste, icon: true,
  press: () => {
    const terminal = activeTerminal.peek();
    if (terminal) void pasteFromKey(terminal);
  },
};

const select: Key = { name: "Select", face: lassoSelect, icon: true, press: () => activeTerminal.peek()?.select() };

export const functionKeys: readonly Key[] = Array.from({ length: 12 }, (_, at) => key(`F${at + 1}`));
export const pages: readonly Key[] = [
  key("Home"), key("End"),
  key("PageUp", "PgUp", "Page Up", { repeats: true }), key("PageDown", "PgDn", "Page Down", { repeats: true }),
  key("Delete", "Del", "Delete", { repeats: true }), key("Insert", "Ins", "Insert"),
];

export const MAIN: readonly Key[] = [escape, tab, ctrl, alt, shift, ...arrows, ...signs, compose, paste];
export const SECOND: readonly Key[] = [select, ...withCtrl("cdzlrae"), ...pages, backTab, ...chars("_$*&\"'\u0060<>\\{}[]()=+;!?#@%^"), ...functionKeys];

/** A phone shows seven at a time: the rest leads the second set. */
export const MAIN_ON_A_PHONE: readonly Key[] = [escape, tab, ctrl, ...arrows];
export const SECOND_ON_A_PHONE: readonly Key[] = [compose, paste, alt, shift, ...signs, ...SECOND];
