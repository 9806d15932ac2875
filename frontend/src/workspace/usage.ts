/** What the keeper tells of the workspace's usage, and one notice for each limit that comes near. */

import { computed, signal, type Signal } from "@preact/signals";
import { dueWarnings, isFull, pressure, type Resource } from "../core/usage";
import type { Link } from "../link";
import { say, sayError } from "../shell/notices";
import { later } from "../shell/on_demand";
import type { Usage } from "../told";

/** The newest; null until the keeper has told one. */
export const usage: Signal<Usage | null> = signal(null);

/** Whether nothing can be written; false also while that is not known. */
export const diskFull = computed(() => isFull(usage.value));

/** What is near its limit. */
export const high: Signal<ReadonlySet<Resource>> = signal(new Set());

/** Whether the processor limit holds programs back, or did a moment ago. */
export const slowed: Signal<boolean> = signal(false);

/** The keeper looks every 2 s, and a program that computes may be held back in every other look. */
const SLOWED_FOR_MS = 10_000;
/** How to take a warning back that is no longer true. */
const warned = new Map<Resource, () => void>();
let noLongerSlowed: ReturnType<typeof setTimeout> | undefined;

/** Follow the link; answers with how to stop. */
export function followUsage(link: Link): () => void {
  return link.onEvent((event) => {
    if (event.type === "usage") noteUsage(event);
  });
}

/** Take in what the workspace uses now. What is high already when the page comes is shown, and said only where something
 * does not work any more. */
export function noteUsage(now: Usage): void {
  const first = usage.peek() === null;
  const { high: found, crossed } = pressure(high.peek(), now);
  const due = dueWarnings(crossed, usage.peek(), now);
  const stuckChanged = isFull(now) !== isFull(usage.peek());
  usage.value = now;
  high.value = found;
  noteSlowed(now.cpu.slowed);
  for (const [resource, unsay] of warned) {
    if (!found.has(resource)) unsay();
  }
  if (stuckChanged) for (const resource of ["disk", "files"] as const) warned.get(resource)?.();
  for (const resource of due) {
    const stuck = resource === "disk" && isFull(now);
    if (!first || stuck) tell(resource, now, stuck);
  }
}

function noteSlowed(now: boolean): void {
  clearTimeout(noLongerSlowed);
  if (now) slowed.value = true;
  else noLongerSlowed = setTimeout(() => { slowed.value = false; }, SLOWED_FOR_MS);
}

function tell(resource: Resource, now: Usage, stuck: boolean): void {
  later(({ warning }) => warned.set(resource, say(warning(resource, now), stuck ? "warn" : "info", { label: "Show", run: openWorkspace })));
}

/** The panel of the workspace: a chunk of its own, which is of no use without the network either. */
export function openWorkspace(): void {
  import("./panel").then(({ openWorkspacePanel }) => openWorkspacePanel(), sayError);
}
