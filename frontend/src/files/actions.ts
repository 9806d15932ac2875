/** What a person can do with files; each says what went wrong in the server's words. */

import { api, inWorkspace } from "../api";
import { ApiError } from "../http";
import { baseOf, extensionOf, join, nameOf, parentOf } from "../core/refs";
import { filesMoved, filesRemoved, openFile } from "../editor/buffers";
import { say, sayError } from "../shell/notices";
import { ask } from "../shell/overlays";
import { prompt } from "../shell/prompt";
import { query, writeContent } from "./content";
import { pickFolder } from "./picker";
import { type Entry, expand, forget, load, reveal } from "./tree";

const EXAMPLE = "count.py";
const EXAMPLE_TEXT = `"""Counts while you are away. Press Run, close the browser, come back."""

import time

for number in range(1, 100_001):
    print(number, flush=True)
    time.sleep(1)
`;

/** Why a name will not do; null when it will. */
export function nameTrouble(name: string): string | null {
  if (name === "") return "Type a name.";
  if (name === "." || name === "..") return "That name stands for a folder itself.";
  if (name.includes("/")) return "A name has no slash. Make the folder first, then the file in it.";
  if (name.includes("\0")) return "A name has no NUL character.";
  if (new TextEncoder().encode(name).length > 255) return "That name is longer than 255 bytes.";
  return null;
}

export async function newFile(folder: string): Promise<void> {
  const name = await prompt({ title: "New file", label: whereLabel(folder), value: "", button: "Create", check: nameTrouble });
  if (name === null) return;
  const ref = join(folder, name);
  try {
    await writeContent(ref, "", null);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 409)) return sayError(error);
    say(`${name} was there already and is open now.`);
  }
  await load(folder);
  reveal(ref);
  openFile(ref);
}

export async function newFolder(folder: string): Promise<void> {
  const name = await prompt({ title: "New folder", label: whereLabel(folder), value: "", button: "Create", check: nameTrouble });
  if (name === null) return;
  const ref = join(folder, name);
  try {
    await api.post(inWorkspace("files/folder"), { path: ref });
    await load(folder);
    reveal(ref);
    expand(ref);
  } catch (error) {
    sayError(error);
  }
}

const whereLabel = (folder: string): string => (folder ? `Name, in ${nameOf(folder)}` : "Name");

/** Write and open the example. One that is there already is opened as it is. */
export async function tryExample(): Promise<void> {
  try {
    await writeContent(EXAMPLE, EXAMPLE_TEXT, null);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 409)) return sayError(error);
  }
  openFile(EXAMPLE);
  await load("");
  reveal(EXAMPLE);
}

export async function rename(entry: Entry): Promise<void> {
  const old = nameOf(entry.ref);
  const extension = extensionOf(entry.ref);
  const selected = entry.kind === "file" && extension ? old.length - extension.length - 1 : old.length;
  const name = await prompt({ title: `Rename ${old}`, label: "New name", value: old, button: "Rename", selected, check: nameTrouble });
  if (name !== null && name !== old) await moveTo(entry.ref, join(parentOf(entry.ref), name));
}

export async function move(entry: Entry): Promise<void> {
  const folder = await pickFolder(`Move ${nameOf(entry.ref)} to`, parentOf(entry.ref), [entry.ref]);
  if (folder !== null && folder !== parentOf(entry.ref)) await moveInto(entry.ref, folder);
}

/** Move an entry into a folder, under its own (still encoded) name. */
export async function moveInto(ref: string, folder: string): Promise<void> {
  await moveTo(ref, inFolder(ref, folder));
}

/** What an entry is called in another folder. */
export function inFolder(ref: string, folder: string): string {
  return folder ? `${folder}/${baseOf(ref)}` : baseOf(ref);
}

/** Move an entry, and the tabs of what is open of it. The folders are listed anew by who asks. Throws ApiError. */
export async function relocate(from: string, to: string): Promise<void> {
  await api.post(inWorkspace("files/move"), { path: from, to });
  filesMoved(from, to);
  forget(from);
}

async function moveTo(from: string, to: string, undoable = true): Promise<void> {
  try {
    await relocate(from, to);
  } catch (error) {
    return sayError(error);
  }
  await Promise.all([load(parentOf(from)), load(parentOf(to))]);
  reveal(to);
  if (undoable) say(`${nameOf(from)} is now ${placeOf(to)}.`, "info", { label: "Undo", run: () => void moveTo(to, from, false) });
}

const placeOf = (ref: string): string => (parentOf(ref) ? `${nameOf(ref)} in ${nameOf(parentOf(ref))}` : nameOf(ref));

export async function remove(entry: Entry): Promise<void> {
  const name = nameOf(entry.ref);
  const what = entry.kind === "folder" && !entry.link ? "The folder and all that is in it are removed for good." : "It is removed for good.";
  const answer = await ask(`Delete ${name}?`, what, [
    { value: "delete", label: "Delete", look: "danger" },
    { value: "cancel", label: "Cancel" },
  ]);
  if (answer !== "delete") return;
  try {
    const whole = entry.kind === "folder" && !entry.link ? "&recursive=1" : "";
    await api.delete(inWorkspace(`files?${query(entry.ref)}${whole}`));
    filesRemoved(entry.ref);
    say(`${name} is deleted.`);
    await load(parentOf(entry.ref));
  } catch (error) {
    sayError(error);
  }
}
