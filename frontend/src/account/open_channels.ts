/** Where a person is told, loaded when it is first wanted. */

import { sayError } from "../shell/notices";

export function openChannels(): void {
  import("./channels").then(({ showChannels }) => showChannels()).catch(sayError);
}
