/** Opens the dialog in which keys are put in another order; its code comes with it. */

import { activeTerminal } from "../console/active";
import { activeView } from "../editor/views";
import { sayError } from "../shell/notices";

/** Of the row that is there, or was last. */
export function arrangeKeys(): void {
  const place = activeView.peek() && !activeTerminal.peek() ? "editor" : "console";
  import("./arrange_dialog").then(({ openArrange }) => openArrange(place), sayError);
}
