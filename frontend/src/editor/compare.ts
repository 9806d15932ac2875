/** Two versions in one text: ours, with what differs from theirs marked and a choice at each place. */

import { unifiedMergeView } from "@codemirror/merge";
import type { Extension } from "@codemirror/state";

export function comparison(theirs: string): Extension {
  return unifiedMergeView({
    original: theirs,
    mergeControls: (type, action) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = type === "accept" ? "Keep mine here" : "Take theirs here";
      button.addEventListener("click", action);
      return button;
    },
  });
}
