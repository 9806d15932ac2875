/** Find in files, loaded when it is first wanted. */

import { sayError } from "../shell/notices";

/** Look in a folder; "" is the home folder. */
export function openFind(folder: string): void {
  import("./find").then(({ showFind }) => showFind(folder)).catch(sayError);
}
