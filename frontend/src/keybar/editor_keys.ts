/** The keys of the editor. */

import indentDecrease from "lucide:list-indent-decrease";
import redo from "lucide:redo-2";
import search from "lucide:search";
import undo from "lucide:undo-2";
import { activeView, type EditorKey, type LiveView } from "../editor/views";
import { charName } from "./console_keys";
import type { Key } from "./key";

const act = (what: (view: LiveView) => void) => (): void => {
  const view = activeView.peek();
  if (view) what(view);
};

const command = (name: string, face: string, what: EditorKey, more: Partial<Key> = {}): Key => ({ name, face, press: act((view) => view.press(what)), ...more });
const plain = (text: string): Key => ({ name: charName(text), face: text, press: act((view) => view.type(text)) });
const char = (text: string, menu = ""): Key => (menu ? { ...plain(text), menu: [...menu].map(plain) } : plain(text));

const indent = command("Indent", "Tab", "indent");
const outdent = command("Outdent", indentDecrease, "outdent", { icon: true });
const stick: Partial<Key> = { repeats: true, steer: (direction) => activeView.peek()?.press(direction) };
const left = command("Left", "←", "left", stick);
const right = command("Right", "→", "right", stick);
const up = command("Up", "↑", "up", stick);
const down = command("Down", "↓", "down", stick);
const back: Key = { name: "Undo", face: undo, icon: true, press: act((view) => view.undo()) };
const again: Key = { name: "Redo", face: redo, icon: true, press: act((view) => view.redo()) };
const find: Key = { name: "Find", face: search, icon: true, press: act((view) => view.find()) };
const comment = command("Comment", "//", "comment");
const brackets: readonly Key[] = ["(", ")", "[", "]", "{", "}"].map((text) => char(text));
const signs: readonly Key[] = [char(":", ";,.?!"), char("=", "+-*/%<>"), char("_", "-~"), char('"', "\u0060"), char("'"), char("#", "@$&|\\^")];

export const EDITOR: readonly Key[] = [indent, outdent, ...brackets, ...signs, back, again, left, right, find];

/** What a phone has no other way to comes first. */
export const EDITOR_ON_A_PHONE: readonly Key[] = [
  indent, outdent, back, left, right, ...brackets.slice(0, 2), ...signs.slice(0, 1), again, find, up, down, ...brackets.slice(2), ...signs.slice(1), comment,
];
