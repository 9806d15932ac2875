/** The list of all that ran, loaded when it is first wanted. */

import { sayError } from "../shell/notices";

export function openRuns(): void {
  import("./page").then(({ showRuns }) => showRuns()).catch(sayError);
}
