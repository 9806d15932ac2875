/** What nobody needs before the first prompt, in one chunk: dialogs, menus, actions on files. */

export { openAbout, openDevices, openDrafts, openKeys, openPassword } from "./account/dialogs";
export { move, moveInto, newFile, newFolder, remove, rename, tryExample } from "./files/actions";
export { showConsolesMenu } from "./console/consoles_menu";
export { askToOpen } from "./console/link_dialog";
export { entryMenu } from "./files/entry_menu";
export { upload } from "./files/upload";
export { paneEntries } from "./shell/pane_menu";
