/** Two versions in one text: ours, with what differs from theirs marked and a choice at each place. */

import { unifiedMergeView } from "@codemirror/merge";
import type { Extension } from "@codemirror/state";
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
