/** What nobody needs before the first prompt, in one chunk: dialogs, menus, actions on files. */

export { WebLinksAddon } from "@xterm/addon-web-links";
export { openAccountMenu } from "./account/menu";
export { askToSignIn } from "./account/sign_in";
export { BellButton } from "./console/bell_button";
export { Chips } from "./console/chips";
export { closeConsole } from "./console/closing";
export { ProgressBar } from "./console/progress_bar";
export { HowEnded, Notes } from "./console/notes";
export { rename as renameConsole, showConsoleMenu } from "./console/console_menu";
export { showConsolesMenu } from "./console/consoles_menu";
export { openEarlier } from "./output/earlier";
export { chorded } from "./shell/chords";
export { offerOf } from "./core/clipboard_offer";
export { warning } from "./core/usage_words";
export { askToOpen } from "./console/link_dialog";
export { takeCorrections } from "./console/corrections";
export { askForText, askToPaste } from "./console/paste_dialogs";
export { move, moveInto, newFile, newFolder, remove, rename, tryExample } from "./files/actions";
export { entryMenu, filesMenu } from "./files/entry_menu";
export { upload } from "./files/upload";
export { startInstalled } from "./shell/install";
export { ConsoleChoice } from "./shell/console_choice";
export { MenuBody } from "./shell/menu";
export { placeNotices } from "./shell/notice_place";
export { paneEntries } from "./shell/pane_menu";

// What the page has from the first and other chunks than this need too: named here, it is in the one chunk that all share.
import "./core/row_window";
import "./styled";
import "lucide:square-pen";
