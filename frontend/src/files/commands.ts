/** The actions on files, loaded when the first is wanted: nobody needs them before the first prompt. */

import { sayError } from "../shell/notices";
import { later } from "../shell/on_demand";
import { openMenu } from "../shell/overlays";
import { type Entry, selecting } from "./tree";

export const files = {
  newFile: (folder: string): void => later((actions) => actions.newFile(folder)),
  newFolder: (folder: string): void => later((actions) => actions.newFolder(folder)),
  tryExample: (): void => later((actions) => actions.tryExample()),
  rename: (entry: Entry): void => later((actions) => actions.rename(entry)),
  remove: (entry: Entry): void => later((actions) => actions.remove(entry)),
  moveInto: (ref: string, folder: string): void => later((actions) => actions.moveInto(ref, folder)),
  upload: (folder: string, chosen: readonly File[]): void => later(({ upload }) => upload(folder, chosen)),
  /** Select mode: with a row, or none. */
  select: (ref: string | null, event?: MouseEvent | KeyboardEvent): void => {
    event?.preventDefault();
    const mode = selecting.peek();
    if (mode) mode.press(ref, event);
    else import("./select").then((parts) => parts.select(ref, event)).catch(sayError);
  },
  more: (anchor: Element): void => later(({ filesMenu }) => openMenu(anchor, "Files", filesMenu())),
  menu: (anchor: Element, name: string, entry: Entry): void =>
    later(({ entryMenu }) => openMenu(anchor, name, entryMenu(entry))),
};
