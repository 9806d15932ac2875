/** The actions of the tree, and of one row of it. */

import downloadIcon from "lucide:download";
import filePlus from "lucide:file-plus";
import folderInput from "lucide:folder-input";
import folderPlus from "lucide:folder-plus";
import listChecks from "lucide:list-checks";
import pencil from "lucide:pencil";
import play from "lucide:play";
import shareIcon from "lucide:share";
import trash from "lucide:trash";
import { MAX_FILES_WIDTH, MIN_FILES_WIDTH } from "../core/arrangement";
import { isRunnable } from "../core/refs";
import { download as fetchToDisk } from "../shell/download";
import { arrangement, layout } from "../shell/layout";
import type { MenuEntry } from "../shell/menu";
import { runFile } from "../shell/run";
import { move, newFile, newFolder, remove, rename } from "./actions";
import { files } from "./commands";
import { downloadUrl } from "./content";
import { openFind } from "./open_find";
import { mayShare, share } from "./share";
import { collapse, type Entry, expand, expanded, refresh, selecting, showHidden } from "./tree";
import { downloadZip } from "./zip";

const STEP_PX = 40;

export function filesMenu(): readonly MenuEntry[] {
  const { filesWidth: width } = arrangement.peek();
  return [
    { label: "Select files", checked: selecting.peek() !== null, run: () => (selecting.peek() ? (selecting.value = null) : files.select(null)) },
    { label: "Find in files…", run: () => openFind("") },
    { label: "Refresh", run: () => void refresh() },
    { label: "Show hidden files", checked: showHidden.peek(), run: () => void (showHidden.value = !showHidden.peek()) },
    "line",
    { label: "Wider", disabled: width >= MAX_FILES_WIDTH, run: () => layout.files(true, Math.min(MAX_FILES_WIDTH, width + STEP_PX)) },
    { label: "Narrower", disabled: width <= MIN_FILES_WIDTH, run: () => layout.files(true, Math.max(MIN_FILES_WIDTH, width - STEP_PX)) },
  ];
}

/** Let the browser fetch a file to the person's own disk. */
export function download(ref: string): void {
  fetchToDisk(downloadUrl(ref));
}

/** A row that is tapped in select mode is selected: its folder is opened here. */
function whileSelecting({ ref }: Entry): MenuEntry[] {
  const open = expanded.peek().has(ref);
  return [{ label: open ? "Close folder" : "Open folder", run: () => (open ? collapse : expand)(ref) }];
}

export function entryMenu(entry: Entry): readonly MenuEntry[] {
  const inFolder: MenuEntry[] = [
    { label: "New file here", icon: filePlus, run: () => { expand(entry.ref); void newFile(entry.ref); } },
    { label: "New folder here", icon: folderPlus, run: () => { expand(entry.ref); void newFolder(entry.ref); } },
    { label: "Find in it…", run: () => openFind(entry.ref) },
    "line",
  ];
  const ofFolder: MenuEntry[] = [{ label: "Download as zip", icon: downloadIcon, run: () => void downloadZip([entry.ref]) }];
  const ofFile: MenuEntry[] = [{ label: "Download", icon: downloadIcon, run: () => download(entry.ref) }];
  if (mayShare(entry)) ofFile.push({ label: "Share…", icon: shareIcon, run: () => void share(entry) });
  if (isRunnable(entry.ref)) ofFile.unshift({ label: "Run", icon: play, run: () => void runFile(entry.ref) });
  return [
    ...(selecting.peek() && entry.kind === "folder" ? whileSelecting(entry) : []),
    ...(entry.kind === "folder" ? [...inFolder, ...ofFolder] : []),
    ...(entry.kind === "file" ? ofFile : []),
    { label: "Rename", icon: pencil, keys: "F2", run: () => void rename(entry) },
    { label: "Move to…", icon: folderInput, run: () => void move(entry) },
    ...(selecting.peek() ? [] : [{ label: "Select", icon: listChecks, run: () => files.select(entry.ref) }]),
    "line",
    { label: "Delete", icon: trash, keys: "Del", danger: true, run: () => void remove(entry) },
  ];
}

