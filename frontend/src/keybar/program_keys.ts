/** The keys for one program each: what its person would type, and what an on-screen keyboard makes laborious. */

import type { Shown } from "../core/programs";
import { char, functionKeys, key, pages, typing, withCtrl } from "./console_keys";
import type { Key } from "./key";

/** First out of whatever mode Vim is in. A double tap on a word while inserting takes two Escapes; more of them do no harm. */
const vi = (keys: string, face: string, name: string, more: Partial<Key> = {}): Key => typing(`\x1b\x1b${keys}`, face, name, more);
const ex = (command: string, name: string, more: Partial<Key> = {}): Key => vi(`:${command}\r`, `:${command}`, name, more);
/** A control key by what it does there. */
const ctrl = (letter: string, name: string): Key[] => withCtrl(letter).map((made) => ({ ...made, name }));
const alt = (letter: string, name: string): Key => typing(`\x1b${letter}`, `⌥${letter}`, name);
/** A debugger's command, with Enter. */
const line = (command: string, face: string, name: string): Key => typing(`${command}\r`, face, name);

const vim: readonly Key[] = [
  ex("w", "Save", { menu: [ex("wq", "Save and quit"), ex("wa", "Save all")] }),
  ex("q", "Quit", { menu: [ex("q!", "Quit without saving"), ex("qa", "Quit all")] }),
  char(":"),
  vi("u", "u", "Undo"), vi("\x12", "^R", "Redo"),
  vi("dd", "dd", "Delete the line"), vi("yy", "yy", "Copy the line"), vi("p", "p", "Put below"),
  vi("gg", "gg", "First line"), vi("G", "G", "Last line"),
  char("/"), vi("n", "n", "Next match"), vi("N", "N", "Previous match"),
  ...withCtrl("duwv"), char("%"),
];

const less: readonly Key[] = [
  key("q", "q", "Quit"), key(" ", "Space", "Next page"), key("b", "b", "Previous page"),
  char("/"), key("n", "n", "Next match"), key("N", "N", "Previous match"),
  key("g", "g", "First line"), key("G", "G", "Last line"), key("F", "F", "Follow"), key("?", "?", "Search backwards"), char("&"), key("h", "h", "Help"),
];

const pdb: readonly Key[] = [
  line("n", "next", "Next line"), line("s", "step", "Step in"), line("c", "cont", "Continue"), line("r", "return", "Run until it returns"),
  line("u", "up", "Outer frame"), line("d", "down", "Inner frame"),
  line("l", "list", "List the source"), line("w", "where", "Where"), line("a", "args", "Arguments"),
  typing("p ", "p …", "Print"), typing("b ", "b …", "Break at"), line("q", "quit", "Quit"),
];

const nano: readonly Key[] = [
  ...ctrl("o", "Save"), ...ctrl("x", "Leave"), ...ctrl("w", "Search"), alt("w", "Next match"),
  ...ctrl("k", "Cut the line"), ...ctrl("u", "Put the line"), alt("6", "Copy the line"),
  alt("u", "Undo"), alt("e", "Redo"), alt("a", "Mark"), ...ctrl("_", "Go to line"), ...ctrl("g", "Help"),
];

const screen: readonly Key[] = [...pages.filter(({ name }) => name !== "Insert" && name !== "Delete"), ...functionKeys.slice(0, 10)];

export const PROGRAM_KEYS: Readonly<Record<Shown, readonly Key[]>> = { vim, less, pdb, nano, screen };
