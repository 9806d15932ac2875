/** What is done to several files and folders at once: one after another, and what went wrong is said once. */

import { api, ApiError, inWorkspace } from "../api";
import { nameOf, parentOf } from "../core/refs";
import { counted, outermost } from "../core/selection";
import { filesRemoved } from "../editor/buffers";
import { say } from "../shell/notices";
import { ask } from "../shell/overlays";
import { inFolder, relocate } from "./actions";
import { query } from "./content";
import { pickFolder } from "./picker";
import { type Entry, forget, load, reveal } from "./tree";

const MOST_NAMED = 5;

/** Do it to each; answers with those that it was done to. Where nobody answers any more the rest is not tried. */
async function each<T>(all: readonly T[], act: (one: T) => Promise<void>, trouble: (count: string, why: string) => string): Promise<T[]> {
  const done: T[] = [];
  let why = "";
  for (const one of all) {
    try {
      await act(one);
      done.push(one);
    } catch (error) {
      why ||= (error as Error).message;
      if (error instanceof ApiError && error.status === 0) break;
    }
  }
  if (why) say(trouble(`${all.length - done.length} of ${all.length}`, why), "bad");
  return done;
}

/** Look again at the folders that hold these. */
const reload = (refs: readonly string[]): Promise<unknown> => Promise.all([...new Set(refs.map(parentOf))].map(load));

/** Ask where to and move them. Whether something was moved. */
export async function moveSeveral(chosen: readonly Entry[], begun: () => void): Promise<boolean> {
  const entries = outermost(chosen);
  const refs = entries.map(({ ref }) => ref);
  const folder = await pickFolder(`Move ${counted(entries)} to`, parentOf(refs[0] ?? ""), refs);
  if (folder === null) return false;
  begun();
  const steps = refs.filter((ref) => parentOf(ref) !== folder).map((from) => ({ from, to: inFolder(from, folder) }));
  const done = await moveEach(steps);
  const first = done[0];
  if (!first) return steps.length === 0;
  reveal(first.to);
  const where = folder ? nameOf(folder) : "the home folder";
  const back = done.map(({ from, to }) => ({ from: to, to: from })).reverse();
  const gone = new Set(done.map(({ from }) => from));
  const moved = entries.filter(({ ref }) => gone.has(ref));
  say(`${counted(moved)} moved to ${where}.`, "info", { label: "Undo", run: () => void moveEach(back) });
  return done.length === steps.length;
}

async function moveEach(steps: readonly { from: string; to: string }[]): Promise<{ from: string; to: string }[]> {
  const done = await each(steps, ({ from, to }) => relocate(from, to), (count, why) => `${count} were not moved. ${why}`);
  await reload(steps.flatMap(({ from, to }) => [from, to]));
  return done;
}

/** Ask, then delete them. Whether all of them are. */
export async function removeSeveral(chosen: readonly Entry[], begun: () => void): Promise<boolean> {
  const entries = outermost(chosen);
  const names = entries.slice(0, MOST_NAMED).map(({ ref }) => nameOf(ref)).join(", ");
  const more = entries.length > MOST_NAMED ? ` and ${entries.length - MOST_NAMED} more` : "";
  const whole = entries.some(isWhole) ? "Folders go with all that is in them. " : "";
  const answer = await ask(`Delete ${counted(entries)}?`, `${names}${more}. ${whole}What is deleted is removed for good.`, [
    { value: "delete", label: "Delete", look: "danger" },
    { value: "cancel", label: "Cancel" },
  ]);
  if (answer !== "delete") return false;
  begun();
  const done = await each(entries, removeOne, (count, why) => `${count} were not deleted. ${why}`);
  await reload(entries.map(({ ref }) => ref));
  if (done.length > 0) say(`${counted(done)} deleted.`);
  return done.length === entries.length;
}

const isWhole = ({ kind, link }: Entry): boolean => kind === "folder" && !link;

async function removeOne(entry: Entry): Promise<void> {
  await api.delete(inWorkspace(`files?${query(entry.ref)}${isWhole(entry) ? "&recursive=1" : ""}`));
  filesRemoved(entry.ref);
  forget(entry.ref);
}
