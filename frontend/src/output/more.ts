/** What can be done with the whole output. */

import { logUrl } from "../console/store";
import { download } from "../shell/download";
import type { MenuEntry } from "../shell/menu";
import { copyEntries } from "./copy";
import type { OutputModel } from "./model";

export function moreEntries(model: OutputModel): MenuEntry[] {
  const url = logUrl(model.consoleId);
  return [
    ...copyEntries(model),
    "line",
    { label: "Download as asciicast, to be played", run: () => download(`${url}?as=asciicast`) },
    { label: "Download as text", run: () => download(`${url}?as=text`) },
    { label: "Download as it was printed", run: () => download(url) },
  ];
}
