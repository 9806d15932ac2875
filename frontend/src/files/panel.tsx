/** The file tree on screen. */

import { useEffect, useRef, useState } from "preact/hooks";
import ellipsis from "lucide:ellipsis";
import fileIcon from "lucide:file";
import filePlus from "lucide:file-plus";
import folderIcon from "lucide:folder";
import folderOpen from "lucide:folder-open";
import folderPlus from "lucide:folder-plus";
import linkIcon from "lucide:file-symlink";
import oddIcon from "lucide:file-question-mark";
import uploadIcon from "lucide:upload";
import x from "lucide:x";
import { madeRows } from "../core/row_window";
import { isWithin, nameOf, parentOf } from "../core/refs";
import { openFile } from "../editor/buffers";
import { Icon, IconButton } from "../shell/icon";
import { frontFile } from "../shell/layout";
import { useLongPress } from "../shell/long_press";
import { files } from "./commands";
import { collapse, current, type Entry, entryOf, expand, expanded, load, loadMore, refresh, type Row, rows, selecting, start } from "./tree";
import { transfers } from "./transfers";

/** The folder that new things go into: that of the row the keyboard is on, else home. */
function targetFolder(): string {
  const ref = current.value;
  const entry = ref === null ? undefined : entryOf(ref);
  if (!entry) return "";
  return entry.kind === "folder" && expanded.value.has(entry.ref) ? entry.ref : parentOf(entry.ref);
}

function chooseFiles(folder: string): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.addEventListener("change", () => files.upload(folder, [...(input.files ?? [])]));
  input.click();
}

export function FilesPanel({ onOpened }: { onOpened: () => void }) {
  useEffect(() => void refresh(), []);
  return (
    <div class="files">
      <header class="files-header">
        <h2>Files</h2>
        <IconButton icon={filePlus} label="New file" onClick={() => files.newFile(targetFolder())} />
        <IconButton icon={folderPlus} label="New folder" onClick={() => files.newFolder(targetFolder())} />
        <IconButton icon={uploadIcon} label="Upload" onClick={() => chooseFiles(targetFolder())} />
        <IconButton icon={ellipsis} label="More for files" onClick={({ currentTarget }) => files.more(currentTarget)} />
      </header>
      <Tree onOpened={onOpened} />
      {selecting.value?.bar()}
      <Transfers />
    </div>
  );
}

const isFileDrag = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
const MOVED = "application/x-ide-ref";

/** The rows that are made follow the scrolling in steps of so many. */
const STEP_ROWS = 10;

const rowPx = (): number => Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));

function Tree({ onOpened }: { onOpened: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState<string | null>(null);
  const [top, setTop] = useState(0);
  const all = rows.value;
  const known = all.filter((row) => row.type !== "loading").map(keyOf);
  const at = current.value !== null && known.includes(current.value) ? current.value : known[0];
  const visible = Math.ceil(Math.max(screen.height, screen.width) / rowPx()) + STEP_ROWS;
  const made = madeRows(all.length, top, visible, all.findIndex((row) => keyOf(row) === at));
  const activate = (entry: Entry): void => {
    current.value = entry.ref;
    if (entry.kind === "folder") (expanded.value.has(entry.ref) ? collapse : expand)(entry.ref);
    else {
      openFile(entry.ref);
      onOpened();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = all.find((other) => keyOf(other) === at);
    if (!row || (event.target as HTMLElement).tagName === "BUTTON") return;
    if (row.type === "entry") {
      if (selecting.value?.key(event, row.entry.ref)) return;
      if (!selecting.value && event.shiftKey && /wUp|wDown/.test(event.key)) return files.select(row.entry.ref, event);
    }
    const to = destination(event, row, known, activate, list.current);
    if (to === null) return;
    event.preventDefault();
    if (to !== "") {
      current.value = to;
      requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus());
    }
  };
  const dropInto = (event: DragEvent, folder: string): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(null);
    const moving = event.dataTransfer?.getData(MOVED);
    if (moving && !isWithin(folder, moving) && parentOf(moving) !== folder) files.moveInto(moving, folder);
    else if (event.dataTransfer?.files.length) files.upload(folder, [...event.dataTransfer.files]);
  };
  const drop = (folder: string) => ({
    onDragOver: (event: DragEvent) => {
      if (!isFileDrag(event) && !event.dataTransfer?.types.includes(MOVED)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(folder);
    },
    onDragLeave: () => setOver(null),
    onDrop: (event: DragEvent) => dropInto(event, folder),
  });
  return (
    <div class={`tree-room ${over === "" ? "drop" : ""}`} {...drop("")}
      onScroll={({ currentTarget }) => setTop(Math.floor(currentTarget.scrollTop / rowPx() / STEP_ROWS) * STEP_ROWS)}>
      <div ref={list} role="tree" aria-label="Files" aria-multiselectable={!!selecting.value} onKeyDown={onKeyDown} style={{ "--rows": all.length }}>
        {made.map(({ index, gap }) => {
          const row = all[index] as Row;
          return row.type === "entry"
            ? <EntryRow key={row.entry.ref} row={row} gap={gap} here={row.entry.ref === at} over={over === row.entry.ref} activate={activate} drop={drop(row.entry.kind === "folder" ? row.entry.ref : parentOf(row.entry.ref))} />
            : <NoteRow key={keyOf(row)} row={row} gap={gap} here={keyOf(row) === at} />;
        })}
      </div>
      {all.length === 0 && <p class="tree-empty">Nothing here yet. Make a file or upload one with the buttons above.</p>}
    </div>
  );
}

type Note = Row & { type: "more" | "trouble" | "stopped" | "loading" };

/** What the keyboard knows a row by: an entry's ref, or what no ref can be. */
const keyOf = (row: Row): string => (row.type === "entry" ? row.entry.ref : `\0${row.folder}`);

/** Where a key leads: a row's key, "" for "done, stay", null for "not ours". */
function destination(
  event: KeyboardEvent, row: Row, known: readonly string[], activate: (entry: Entry) => void, list: HTMLElement | null,
): string | null {
  const index = known.indexOf(keyOf(row));
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "ArrowDown": return known[index + 1] ?? "";
    case "ArrowUp": return known[index - 1] ?? "";
    case "Home": return known[0] ?? "";
    case "End": return known.at(-1) ?? "";
  }
  if (row.type === "entry") return ofEntry(event, row.entry, index, known, activate, list);
  if (event.key !== "Enter" && event.key !== " ") return jump(event.key, index, known);
  act(row);
  return known[index - 1] ?? ""; // the note goes when it has done its work
}

function ofEntry(
  event: KeyboardEvent, entry: Entry, index: number, known: readonly string[], activate: (entry: Entry) => void, list: HTMLElement | null,
): string | null {
  const open = expanded.peek().has(entry.ref);
  switch (event.key) {
    case "ArrowRight":
      if (entry.kind !== "folder") return "";
      if (!open) activate(entry);
      return open ? (known[index + 1] ?? "") : "";
    case "ArrowLeft":
      if (entry.kind === "folder" && open) activate(entry);
      else return parentOf(entry.ref);
      return "";
    case "Enter": case " ": activate(entry); return "";
    case "F2": files.rename(entry); return "";
    case "Delete": files.remove(entry); return "";
    case "ContextMenu": list?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"] button')?.click(); return "";
    default: return jump(event.key, index, known);
  }
}

function jump(key: string, index: number, known: readonly string[]): string | null {
  if (key.length !== 1) return null;
  const order = [...known.slice(index + 1), ...known.slice(0, index + 1)];
  return order.find((ref) => nameOf(ref).toLowerCase().startsWith(key.toLowerCase())) ?? null;
}

/** What says where a row is, though not every row before it is made. */
const placed = ({ level, place, of }: Row, gap: number) => ({
  "aria-level": level, "aria-posinset": place, "aria-setsize": of, style: { "--level": level, "--rows-above": gap },
});

interface EntryRowProps {
  row: Row & { type: "entry" };
  gap: number;
  here: boolean;
  over: boolean;
  activate: (entry: Entry) => void;
  drop: Record<string, (event: DragEvent) => void>;
}

function EntryRow({ row, gap, here, over, activate, drop }: EntryRowProps) {
  const { entry, name } = row;
  const folder = entry.kind === "folder";
  const open = folder && expanded.value.has(entry.ref);
  const icon = folder ? (open ? folderOpen : folderIcon) : entry.kind === "other" ? oddIcon : entry.link ? linkIcon : fileIcon;
  const menu = (anchor: Element): void => {
    current.value = entry.ref;
    files.menu(anchor, name, entry);
  };
  const press = useLongPress((row) => menu(row.querySelector("button") ?? row));
  return (
    <div
      role="treeitem"
      aria-label={name}
      {...placed(row, gap)}
      aria-expanded={folder ? open : undefined}
      aria-selected={selecting.value?.has(entry.ref) ?? entry.ref === frontFile.value}
      tabIndex={here ? 0 : -1}
      class={over && folder ? "tree-row drop" : "tree-row"}
      title={name}
      draggable
      onDragStart={(event) => event.dataTransfer?.setData(MOVED, entry.ref)}
      {...press.listeners}
      onPointerDown={(event) => {
        event.currentTarget.draggable = event.pointerType !== "touch"; // a finger that stays would lift the row instead
        press.listeners.onPointerDown(event);
      }}
      onClick={(event) => {
        if (!press.isClick(event)) return;
        if (selecting.value || event.shiftKey || event.ctrlKey || event.metaKey) files.select(entry.ref, event);
        else activate(entry);
      }}
      {...drop}
    >
      <Icon body={icon} />
      <span class="tree-name">{name}</span>
      <IconButton icon={ellipsis} label={`More actions for ${folder ? "folder" : "file"} ${name}`} tabIndex={here ? 0 : -1}
        onClick={(event) => { event.stopPropagation(); menu(event.currentTarget); }} />
    </div>
  );
}

/** Fetch what a note stands for: the next page, or the folder once more. */
function act(note: Note): void {
  void (note.type === "more" ? loadMore : note.type === "stopped" ? start : load)(note.folder);
}

const ADVICE: Partial<Record<Note["type"], string>> = { trouble: " Press to try again.", stopped: " Press to start it." };

function NoteRow({ row, gap, here }: { row: Note; gap: number; here: boolean }) {
  return (
    <div role="treeitem" {...placed(row, gap)} aria-selected={false} tabIndex={here ? 0 : -1} class={`tree-row note ${row.type}`}
      onClick={row.type === "loading" ? undefined : () => { current.value = keyOf(row); act(row); }}>
      <span class="tree-name">{row.text}{ADVICE[row.type]}</span>
    </div>
  );
}

function Transfers() {
  if (transfers.value.length === 0) return null;
  return (
    <ul class="transfers" aria-label="Uploads">
      {transfers.value.map(({ id, name, sent, total, cancel }) => (
        <li key={id}>
          <span class="tree-name">{name}</span>
          <progress aria-label={`Upload of ${name}`} value={sent} max={total || 1} />
          <IconButton icon={x} label={`Cancel the upload of ${name}`} onClick={cancel} />
        </li>
      ))}
    </ul>
  );
}
