/** The actions on files, loaded when the first is wanted: nobody needs them before the first prompt. */

import { openMenu } from "../shell/overlays";
import { sayError } from "../shell/notices";
import type { Entry } from "./tree";

type Actions = typeof import("../later");

function run(act: (actions: Actions) => Promise<void>): void {
  import("../later").then(act).catch(sayError);
}

export const files = {
  newFile: (folder: string): void => run((actions) => actions.newFile(folder)),
  newFolder: (folder: string): void => run((actions) => actions.newFolder(folder)),
  tryExample: (): void => run((actions) => actions.tryExample()),
  rename: (entry: Entry): void => run((actions) => actions.rename(entry)),
  remove: (entry: Entry): void => run((actions) => actions.remove(entry)),
  moveInto: (ref: string, folder: string): void => run((actions) => actions.moveInto(ref, folder)),
  upload: (folder: string, chosen: readonly File[]): void => {
    import("../later").then(({ upload }) => upload(folder, chosen)).catch(sayError);
  },
  menu: (anchor: Element, name: string, entry: Entry): void => {
    import("../later").then(({ entryMenu }) => openMenu(anchor, name, entryMenu(entry))).catch(sayError);
  },
};
