/** The way to the commands beside the rows, which come with the first that there is. */

import { sayError } from "../shell/notices";

/** Go to the command before or after, of the console in front; with `last` to the newest one of that console. */
export function goToCommand(by: 1 | -1, last?: string): void {
  import("./start").then((parts) => parts.goToCommand(by, last)).catch(sayError);
}
