/** What it means when a workspace comes near a limit, and who holds the limits. */

import type { Enforced, Usage } from "../told";
import { ofLimit, size } from "./sizes";
import { gauges, inARow, ofCount, type Resource } from "./usage";

/** What it means that this one is high, and what to do; "" where nothing follows. */
export function warning(resource: Resource, { running, memory, disk, processes, enforced }: Usage): string {
  const unheld = (how: Enforced): boolean => running && how === "none"; // what does not run says nothing of who holds it
  switch (resource) {
    case "memory":
      return `Memory is at ${ofLimit(memory.used, memory.limit)}. ${MEMORY_ENDS[enforced.memory]}`;
    case "processes":
      return `${ofCount(processes.used, processes.limit)} processes run. ${unheld(enforced.processes) ? NOT_HELD : "At the limit no further one starts."}`;
    case "disk":
      if (!disk) return "";
      if (isFullOfFiles(disk)) return `There are ${ofCount(disk.files, disk.files_limit)} files and folders: programs cannot write until some are deleted. Downloading works.`;
      if (disk.full) return "The disk is full: programs cannot write. Deleting and downloading files still work.";
      return `The disk is at ${ofLimit(disk.used, disk.limit)}. ${unheld(enforced.disk) ? NOT_HELD : "Once it is full, programs cannot write; deleting and downloading still work."}`;
    case "files":
      return disk ? `There are ${ofCount(disk.files, disk.files_limit)} files and folders. At the limit no further one can be made; deleting works.` : "";
    case "cpu":
      return SLOWED;
  }
}

function isFullOfFiles({ full, used, limit, files, files_limit }: NonNullable<Usage["disk"]>): boolean {
  return full && files_limit > 0 && files / files_limit > (limit > 0 ? used / limit : 0);
}

export const SLOWED = "Programs are slowed down to their processor share. Nothing is ended for it.";

const NOT_HELD = "This machine does not enforce the limit.";

const MEMORY_ENDS: Record<Enforced, string> = {
  cgroup: "At the limit the program that takes most is ended.",
  watcher: "Above the limit the program that takes most is ended.",
  rlimit: "A program that asks for more is refused it.",
  quota: NOT_HELD,
  none: NOT_HELD,
};

/** Who holds the limits on this machine: "Memory, CPU: held by the kernel. Disk: …"; "" while nothing runs that would be held. */
export function heldSentence(now: Usage): string {
  if (!now.running) return "";
  const limited = gauges(now).filter(({ share }) => share !== null);
  const sentences: string[] = [];
  for (const [how, means] of Object.entries(HELD_BY)) {
    const words = limited.filter(({ resource }) => holder(now, resource) === how).map(({ word }) => word);
    if (words.length > 0) sentences.push(`${inARow(words)}: ${means}.`);
  }
  return sentences.join(" ");
}

function holder({ enforced }: Usage, resource: Resource): keyof typeof HELD_BY {
  const how = enforced[resource === "files" ? "disk" : resource];
  return how === "watcher" && resource === "memory" ? "often" : how;
}

const HELD_BY: Record<Enforced | "often", string> = {
  cgroup: "held by the kernel",
  quota: "held by the file system",
  often: "checked every second",
  watcher: "checked every few seconds",
  rlimit: "held for each program alone",
  none: "not enforced on this machine",
};

const LIMIT_OF: Record<Resource, string> = { memory: "memory_bytes", cpu: "cpu_percent", disk: "disk_bytes", files: "files", processes: "processes" };

/** What the limits mean, a sentence each. */
export function limitSentences(now: Usage): string[] {
  const capped = gauges(now).filter(({ resource }) => now.ceilings?.includes(LIMIT_OF[resource])).map(({ word }) => word);
  return [
    ...now.notes,
    heldSentence(now) + peakOf(now),
    capped.length > 0 ? `${inARow(capped)}: this machine's ceiling, whatever the plan allows.` : "",
    now.running && now.processes.limit > 0 ? "Threads count as processes." : "",
    now.disk ? "Disk: everything in the home folder, also .venv, the Python environment that a workspace begins with (some 1,000 small files)." : "",
  ].filter(Boolean);
}

/** " Memory was at 1.9 GiB at most." */
export function peakOf({ memory: { used, peak } }: Usage): string {
  return peak > used ? ` Memory was at ${size(peak)} at most.` : "";
}
