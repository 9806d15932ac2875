/** What helps while one types: completion and closing brackets. A chunk that comes with the first text, as grammars do. */

import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { type Extension, Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";

/** Its Backspace, which takes both brackets, goes before the usual one. */
export const completing: Extension = [closeBrackets(), autocompletion(), Prec.high(keymap.of(closeBracketsKeymap))];
