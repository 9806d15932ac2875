/** How programs are confined and what a plan allows, in people's words. */

import type { Usage } from "../told";
import { duration } from "./ending";
import { size } from "./sizes";
import { inARow, ofCount } from "./usage";
import { heldSentence } from "./usage_words";

/** The answer of `about`. What a server older than the page does not say is optional. */
export interface About {
  readonly sandbox: string;
  readonly network: string;
  /** Said without a sandbox alone: whether programs run as another account than the server. */
  readonly own_account?: boolean;
  /** What the machine holds, 0 to 3, and what that means. */
  readonly level?: number;
  readonly holds?: string;
  /** What could not be had on this machine; for owners alone. */
  readonly notes?: readonly string[];
  /** With the sizes that hold here, and the names of those that are the machine's ceilings. */
  readonly plan?: PlanTold;
  readonly ceilings?: readonly string[];
}

/** The limits of a plan; 0 is none. Sizes in bytes, times in seconds. */
export interface PlanTold {
  readonly name: string;
  readonly memory_bytes: number;
  /** 100 is the usual share beside others. */
  readonly cpu_weight: number;
  /** 100 is one core. */
  readonly cpu_percent: number;
  readonly processes: number;
  readonly open_files: number;
  readonly file_bytes: number;
  readonly disk_bytes: number;
  readonly files: number;
  readonly tmp_bytes: number;
  readonly shm_bytes: number;
  readonly consoles: number;
  readonly log_bytes: number;
  readonly lifetime_seconds: number;
  readonly sleep_seconds: number;
  readonly home: "disk" | "memory";
}

const NETWORK: Readonly<Record<string, string>> = {
  none: "They have no network.",
  packages: "They reach the package indexes that the owner allowed.",
  web: "They reach the web through the server, and no address of its own network.",
  outbound: "They reach the internet, and no address of the server's own network.",
  full: "They reach the internet and the server's own network.",
};

export function confinement({ sandbox, network, own_account }: About): string {
  if (sandbox === "bubblewrap") return `Your programs run in a sandbox of their own (bubblewrap) and see only your files. ${NETWORK[network] ?? ""}`;
  const reach = own_account ? "an account of your own, and can read what every account can" : "the server's account, and can do everything that it can";
  return `There is no sandbox: programs run as ${reach}, with the machine's network.`;
}

/** What the machine holds of limits, a sentence each: its level, who holds them, what could not be had. `now` is null
 * until the keeper has told it. */
export function machineSentences({ level = 0, holds = "", notes = [] }: About, now: Usage | null): string[] {
  const promise = level > 0 && holds ? `This machine holds level ${level} of 3: ${holds}.` : "";
  const all = [promise, now ? heldSentence(now) : "", ...notes, ...(now?.notes ?? [])];
  return [...new Set(all.filter(Boolean))];
}

type Limit = Exclude<keyof PlanTold, "name" | "home">;

/** What the plan allows, a line for each matter that it limits, and one with those that it leaves to the machine.
 * `ceilings` are the limits that are the machine's, not the plan's. */
export function planLines(plan: PlanTold, ceilings: readonly string[] = []): { readonly word: string; readonly text: string }[] {
  const most = (limit: Limit, say: (value: number) => string): string | false =>
    plan[limit] > 0 && `${say(plan[limit])}${ceilings.includes(limit) ? " (this machine's ceiling)" : ""}`;
  const files = [
    most("disk_bytes", size),
    most("files", (count) => `${ofCount(count, 0)} files and folders`),
    most("file_bytes", (bytes) => `one file at most ${size(bytes)}`),
    plan.home === "memory" && "kept in memory: your files are gone when the workspace stops",
  ];
  const aside = [
    most("tmp_bytes", (bytes) => `${size(bytes)} in /tmp`),
    most("shm_bytes", (bytes) => `${size(bytes)} in /dev/shm`),
    plan.tmp_bytes + plan.shm_bytes > 0 && "counted as memory",
  ];
  const times = [
    plan.lifetime_seconds > 0 && `stopped after ${duration(plan.lifetime_seconds)}`,
    plan.sleep_seconds > 0 && `asleep after ${duration(plan.sleep_seconds)} with nothing but idle shells`,
  ];
  const processes = [
    most("processes", (count) => `${ofCount(count, 0)} with their threads`),
    most("open_files", (count) => `${ofCount(count, 0)} open files each`),
  ];
  const output = plan.log_bytes > 0 ? `, their output together ${size(plan.log_bytes)}` : "";
  const all = [
    { word: "Memory", text: said([most("memory_bytes", size)]) },
    { word: "CPU", text: said([most("cpu_percent", cores), weighed(plan)]) },
    { word: "Processes", text: said(processes) },
    { word: "Files", text: said(files) },
    { word: "Temporary files", text: said(aside) },
    { word: "Consoles", text: `${plan.consoles}${output}` },
    { word: "Time", text: said(times) },
  ];
  const free = all.filter(({ text }) => !text).map(({ word }) => word);
  return [...all.filter(({ text }) => text), ...(free.length > 0 ? [{ word: "No limit", text: inARow(free) }] : [])];
}

function said(parts: readonly (string | false)[]): string {
  return parts.filter(Boolean).join(", ");
}

const USUAL_WEIGHT = 100;

function cores(percent: number): string {
  return `at most ${percent / 100} ${percent === 100 ? "core" : "cores"}`;
}

function weighed({ cpu_weight: weight }: PlanTold): string | false {
  return weight !== USUAL_WEIGHT && `${weight < USUAL_WEIGHT ? "less" : "more"} than others when it is scarce`;
}
