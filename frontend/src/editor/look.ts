/** The editor's looks, in the colours of the tokens, so that light and dark need no second theme. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const style = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword], color: "var(--keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character], color: "var(--string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.escape], color: "var(--number)" },
  { tag: [tags.comment, tags.meta, tags.documentMeta], color: "var(--comment)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.macroName, tags.link, tags.url], color: "var(--function)" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName, tags.attributeName, tags.propertyName], color: "var(--type)" },
  { tag: [tags.heading, tags.strong], fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const searchButtons = (part: string): string => ["prev", "next", "close"].map((name) => `.cm-panel.cm-search [name=${name}]${part}`).join(", ");

const theme = EditorView.theme({
  "&": { height: "100%", containerType: "size", backgroundColor: "var(--bg)", color: "var(--text)", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.5", overscrollBehavior: "contain", touchAction: "pan-x pan-y" },
  ".cm-content": { caretColor: "var(--accent)", padding: "8px 0" },
  ".cm-cursor": { borderLeft: "2px solid var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-content ::selection": { backgroundColor: "var(--selection)" },
  ".cm-gutters": { backgroundColor: "var(--bg)", color: "var(--dim)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 12px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--hover)", border: "none", color: "var(--dim)", padding: "0 6px" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--hover)", outline: "1px solid var(--control)" },
  "&.cm-focused .cm-nonmatchingBracket": { color: "var(--bad)" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels.cm-panels-top, .cm-panels.cm-panels-bottom": { borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "8px", display: "flex", flexWrap: "wrap", gap: "4px", alignItems: "center", fontFamily: "var(--ui)" },
  ".cm-panel.cm-search br": { flexBasis: "100%", content: "''" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", minHeight: "var(--target)", fontSize: "var(--small-size)" },
  // In one row what is needed at once, in the next how to look, in the last what to put in its place.
  ".cm-panel.cm-search [name=search]": { flex: "1 1 190px", minWidth: "0" },
  [searchButtons("")]: { order: "1", position: "static", flex: "none", width: "var(--target)", height: "var(--target)", margin: "0", padding: "0", fontSize: "0" },
  [searchButtons("::before")]: { fontSize: "18px" },
  ".cm-panel.cm-search [name=prev]::before": { content: "'↑'" },
  ".cm-panel.cm-search [name=next]::before": { content: "'↓'" },
  ".cm-panel.cm-search [name=close]::before": { content: "'×'" },
  ".cm-panel.cm-search label, .cm-panel.cm-search [name=select]": { order: "2" },
  "@media (min-width: 700px)": { ".cm-panel.cm-search [name=close]": { order: "2", marginLeft: "auto" } },
  // So wide that it begins the last row: a line break is none among flex items.
  ".cm-panel.cm-search .cm-textfield[name=replace]": { flex: "1 1 calc(100% - 240px)", minWidth: "0" },
  ".cm-panel.cm-search br, .cm-panel.cm-search [name=replace], .cm-panel.cm-search [name=replaceAll]": { order: "3" },
  // A phone that lies, with its keyboard up, has a few lines left: the text keeps them.
  "@container (max-height: 220px)": {
    ".cm-panel.cm-search": { padding: "2px 4px", flexWrap: "nowrap", overflowX: "auto" },
    ".cm-panel.cm-search br, .cm-panel.cm-search [name=replace], .cm-panel.cm-search [name=replaceAll]": { display: "none" },
    ".cm-panel.cm-search label, .cm-panel.cm-search [name=select]": { flex: "none", margin: "0 4px 0 0" },
  },
  ".cm-textfield": { backgroundColor: "var(--bg)", border: "1px solid var(--control)", borderRadius: "var(--radius)", width: "auto", flex: "1 1 140px", margin: "0", padding: "4px 8px", fontSize: "16px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--bg)", border: "1px solid var(--control)", borderRadius: "var(--radius)", margin: "0", fontSize: "var(--small-size)" },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--warn) 25%, transparent)" },
  ".cm-searchMatch.cm-searchMatch-selected": { outline: "1px solid var(--warn)" },
  ".cm-selectionMatch": { backgroundColor: "var(--hover)" },
});

export const look = [theme, syntaxHighlighting(style)];
