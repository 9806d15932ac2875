/** Two versions in one text: ours, with what differs from theirs marked and a choice at each place. And two texts that nobody edits,
 * side by side where there is room. */

import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const theme = EditorView.theme({
  ".cm-changedLine, .cm-insertedLine": { backgroundColor: "color-mix(in srgb, var(--alive) 12%, transparent) !important" },
  ".cm-deletedChunk": { backgroundColor: "color-mix(in srgb, var(--bad) 12%, transparent) !important" },
  ".cm-deletedChunk .cm-chunkButtons": { position: "static", display: "flex", gap: "4px", padding: "4px" },
  ".cm-chunkButtons button": { backgroundColor: "var(--bg)", color: "var(--text)", border: "1px solid var(--control)", borderRadius: "var(--radius)", minHeight: "var(--target)", padding: "4px 12px" },
});

export function comparison(theirs: string): Extension {
  return [theme, unifiedMergeView({
    original: theirs,
    mergeControls: (type, action) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = type === "accept" ? "Keep mine here" : "Take theirs here";
      button.addEventListener("click", action);
      return button;
    },
  })];
}

/** Longer is compared line by line alone: the page must not stand still for it. */
const DIFF = { scanLimit: 500, timeout: 300 };
const UNCHANGED = { margin: 3, minSize: 8 };
/** A room so wide has place for both. */
const BESIDE_PX = 700;

const reading: Extension = [
  theme,
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.lineWrapping,
  EditorView.theme({
    "&": { color: "var(--text)", backgroundColor: "var(--bg)", fontSize: "13px" },
    ".cm-scroller": { fontFamily: "var(--code)", overscrollBehavior: "contain" },
    // By sign too, not by colour alone.
    ".cm-line, .cm-deletedChunk .cm-deletedLine": { position: "relative", paddingLeft: "18px" },
    ".cm-line.cm-changedLine::before, .cm-deletedChunk .cm-deletedLine::before": { position: "absolute", left: "4px", content: "'+'" },
    ".cm-deletedChunk .cm-deletedLine::before, &.cm-merge-a .cm-line.cm-changedLine::before": { content: "'−'" },
    ".cm-deletedChunk": { paddingLeft: "0" },
    ".cm-line .cm-insertedLine, .cm-line .cm-deletedLine": { background: "none !important" },
    "&.cm-merge-a .cm-changedLine": { backgroundColor: "color-mix(in srgb, var(--bad) 12%, transparent) !important" },
    ".cm-changedText, .cm-deletedText": { background: "none !important", textDecoration: "underline" },
    ".cm-collapsedLines": { minHeight: "var(--target)", display: "flex", alignItems: "center", background: "var(--panel)", color: "var(--text)" },
  }),
];

/** Show what differs; the other text stands first. Returns how to stop. */
export function differences(parent: HTMLElement, one: string, other: string): () => void {
  const [now, before] = [`${one}\n`, `${other}\n`]; // or a last line would count as changed by what follows it
  const named = (label: string): Extension => [reading, EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" })];
  if (parent.clientWidth >= BESIDE_PX) {
    const both = new MergeView({
      a: { doc: before, extensions: named("The last run") }, b: { doc: now, extensions: named("This run") },
      parent, gutter: false, diffConfig: DIFF, collapseUnchanged: UNCHANGED,
    });
    return () => both.destroy();
  }
  const merged = unifiedMergeView({ original: before, mergeControls: false, gutter: false, diffConfig: DIFF, collapseUnchanged: UNCHANGED });
  const view = new EditorView({ parent, doc: now, extensions: [named("Both runs"), merged] });
  return () => view.destroy();
}
