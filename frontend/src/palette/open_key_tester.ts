/** The key tester, loaded when it is first wanted. */

import { sayError } from "../shell/notices";

export function openKeyTester(): void {
  import("./key_tester").then(({ showKeyTester }) => showKeyTester()).catch(sayError);
}
