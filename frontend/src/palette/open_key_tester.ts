/** The key tester and the choice of keys, loaded when they are first wanted. */

import { sayError } from "../shell/notices";

export function openKeyTester(): void {
  import("./key_tester").then(({ showKeyTester }) => showKeyTester()).catch(sayError);
}

export function openKeyChooser(): void {
  import("./key_chooser").then(({ showKeyChooser }) => showKeyChooser()).catch(sayError);
}
