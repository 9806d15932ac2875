/** What helps while one types: completion and closing brackets. A chunk that comes with the first text, as grammars do. */

import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

const theme = EditorView.theme({
  ".cm-tooltip": { backgroundColor: "var(--panel)", border: "1px solid var(--line)", borderRadius: "var(--radius)", color: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--code)", fontSize: "var(--ui-size)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 8px", minHeight: "var(--target)", display: "flex", alignItems: "center" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

/** Its Backspace, which takes both brackets, goes before the usual one. */
export const completing: Extension = [theme, closeBrackets(), autocompletion(), Prec.high(keymap.of(closeBracketsKeymap))];
