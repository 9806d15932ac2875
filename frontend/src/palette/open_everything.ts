/** The search over everything, loaded when it is first wanted. */

import { sayError } from "../shell/notices";

export function openEverything(): void {
  import("./everything").then(({ showEverything }) => showEverything()).catch(sayError);
}
