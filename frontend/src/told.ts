/**
 * What the page and the keeper tell each other as JSON: consoles, attaching, coming back, colours. docs/protocol.md is
 * the prose. Fields only grow: those that an older keeper does not say are optional.
 */

/** A console as the keeper describes it. Times are seconds since the epoch. */
export interface ConsoleInfo {
  readonly id: string;
  readonly kind: "bash" | "python" | "run";
  readonly title: string;
  readonly cwd: string;
  /** The file of a run as a ref (percent-encoded bytes), else null. */
  readonly path: string | null;
  readonly state: "running" | "ended";
  /** True when closing would end something. */
  readonly busy: boolean;
  /** Whether it waits for a command: what it ran is done. A keeper older than the page does not say it. */
  readonly at_prompt?: boolean;
  /** What Bash runs in the foreground, as far as the keeper knows: its command line ("" for a part of the shell itself). */
  readonly foreground?: { readonly command: string; readonly started: number } | null;
  readonly viewers: number;
  readonly created: number;
  readonly started: number | null;
  readonly ended: number | null;
  /** `cause` is for people, where the status does not say enough. */
  readonly exit: { readonly how: ExitHow; readonly status: number; readonly cause?: string; readonly limit?: LimitReached } | null;
  /** The last program of this session, not its leader, that a limit ended. A keeper older than the page does not say it. */
  readonly killed?: Killed | null;
  readonly epoch: string;
  readonly cols: number;
  readonly rows: number;
  readonly recording: boolean;
  readonly log_bytes: number;
  // A keeper older than the page does not say these.
  /** From which byte and when on, and why (`disk`, `low`, `folder`, `never`), nothing is recorded. */
  readonly unrecorded?: { readonly from: number; readonly at: number; readonly why: string } | null;
  /** Whether it shall not be recorded. */
  readonly never_record?: boolean;
  /** Offset of the oldest byte kept, compressed bytes on the disk, and their maximum. */
  readonly log_oldest?: number;
  readonly log_disk_bytes?: number;
  readonly log_cap_bytes?: number;
  readonly attached?: readonly Attached[];
  /** Whether a person chose `title`. */
  readonly named?: boolean;
  /** What the program calls its window, "" for nothing; one line. */
  readonly program_title?: string;
  /** Whether a BEL came while nobody was looking. */
  readonly bel?: boolean;
  readonly progress?: Progress | null;
  /** Whether what runs waits for an answer at the terminal. */
  readonly waiting?: boolean;
  /** What somebody wants to be told of it. */
  readonly bells?: readonly { readonly id: number; readonly when: When }[];
}

export type When = "finished" | "finished_after" | "failed" | "printed" | "silent" | "waiting" | "died";

/** A wish to be told of a console, as `GET bells` lists it. */
export interface Bell {
  readonly id: number;
  readonly console: string;
  readonly when: When;
  /** Of `finished_after` and `silent`. */
  readonly seconds: number | null;
  /** Of `printed`. */
  readonly text: string | null;
  readonly once: boolean;
  /** The one command that it is about, and that in words; a keeper older than the page says null alone. */
  readonly card?: number | null;
  readonly command?: string | null;
}

/** What a bell that rang says: `title` (a program) `ending`, "train.py" "finished after 3 min". */
export interface Letter {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly when: When;
  readonly console: string;
  readonly console_title: string;
  readonly title: string;
  readonly ending: string;
  /** Null when nobody knows whether it went well. */
  readonly ok: boolean | null;
  readonly epoch: string;
  readonly offset: number;
  /** The command that ended; what it printed ends at `offset`. A keeper older than the page does not say it. */
  readonly card?: number | null;
}

/** A command, a statement or a run, as `GET cards` lists it. Times are seconds since the epoch. */
export interface Card {
  readonly id: number;
  readonly console: string;
  readonly kind: "command" | "statement" | "run";
  /** What was typed, "" where that was not noted; of a run its file. */
  readonly command: string;
  readonly cwd: string;
  readonly interpreter: string;
  readonly state: "running" | "ended";
  readonly started: number;
  readonly ended: number | null;
  readonly cpu_seconds: number | null;
  readonly peak_bytes: number | null;
  readonly peak_how: "cgroup" | "sampled" | null;
  readonly how: ExitHow | null;
  /** Null where nobody knows it. */
  readonly status: number | null;
  readonly exception: string | null;
  /** Its output is at [start, end) of the console's log under this epoch. */
  readonly epoch: string;
  readonly start: number;
  readonly end: number | null;
}

/** What the logs of a workspace take on the disk together, and may. */
export interface LogTotals {
  readonly disk_bytes: number;
  readonly cap_bytes: number;
}

/** One page that shows a console. */
export interface Attached {
  /** The `device` of its HELLO: which page load it is. */
  readonly page: string;
  /** "Firefox on Linux". */
  readonly device: string;
  readonly visible: boolean;
  /** Whether it set the grid. */
  readonly owner: boolean;
  // A keeper older than the page does not say these.
  /** The same number for all pages of one login. */
  readonly login?: number;
  /** What would fill its pane, and since when it shows the console. */
  readonly cols?: number;
  readonly rows?: number;
  readonly since?: number;
}

/** How far a program says it is. */
export interface Progress {
  readonly state: "set" | "error" | "indeterminate" | "paused";
  /** 0 to 100. */
  readonly percent: number | null;
}

export type ExitHow = "exit" | "signal" | "lost" | "reboot" | "stopped" | "limit";

/** Which limit was reached, and how near: bytes, processes or seconds. */
export interface LimitReached {
  readonly name: "memory" | "processes" | "disk" | "lifetime" | "sleep";
  readonly used: number;
  readonly limit: number;
}

/** A program that a limit ended. `command` is "" when nobody knows which one it was; a `limit` of memory is 0 where the
 * machine had no more of it. */
export interface Killed extends LimitReached {
  readonly at: number;
  readonly command: string;
}

/** What holds a limit on this machine. */
export type Enforced = "cgroup" | "quota" | "rlimit" | "watcher" | "none";

/** What a workspace uses against its limits; a `limit` of 0 is none. Memory and disk in bytes. */
export interface Usage {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Whether there is a sandbox: without, nothing but the disk is used. */
  readonly running: boolean;
  readonly plan: string;
  readonly level: number;
  readonly memory: { readonly used: number; readonly limit: number; readonly peak: number };
  /** 100 is one core; `slowed`: its limit holds programs back. */
  readonly cpu: { readonly percent: number; readonly limit: number; readonly slowed: boolean };
  readonly processes: { readonly used: number; readonly limit: number };
  readonly disk: {
    readonly used: number;
    readonly limit: number;
    readonly files: number;
    readonly files_limit: number;
    readonly full: boolean;
  } | null;
  readonly enforced: Readonly<Record<"memory" | "cpu" | "processes" | "disk", Enforced>>;
  readonly notes: readonly string[];
  /** Fields of the plan whose limit is the machine's own ceiling. An older supervisor does not say it. */
  readonly ceilings?: readonly string[];
}

/** A process of the workspace, as `GET processes` lists it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The console it was started in, as far as it is known. */
  readonly console: string | null;
  /** Leads a console's session, runs in it, has left it, or is ours. */
  readonly kind: "console" | "child" | "detached" | "ide";
  readonly command: string;
  /** Of one core since the list before; null on the first. */
  readonly cpu_percent: number | null;
  readonly cpu_usec: number;
  /** Bytes. */
  readonly memory: number;
  /** Seconds since the epoch; sent back with `end`, it tells a process from a later one of that number. */
  readonly started: number;
}

export interface Hello {
  readonly console: string;
  readonly epoch?: string;
  readonly have?: number;
  readonly cols: number;
  readonly rows: number;
  readonly px_width: number;
  readonly px_height: number;
  readonly visible: boolean;
  readonly device: string;
  /** This page knows the mode `kept`. */
  readonly keeps: true;
}

export interface Welcome {
  readonly console: string;
  readonly epoch: string;
  readonly generation: string;
  readonly mode: "fresh" | "delta" | "snapshot" | "kept";
  readonly offset: number;
  readonly head: number;
  readonly cols: number;
  readonly rows: number;
  readonly owner: boolean | number;
  readonly in_seq: number;
  readonly engine: string;
  readonly info: ConsoleInfo;
}

/** What was printed while no viewer was in sight. */
export interface Away {
  /** How long nobody looked. */
  readonly seconds: number;
  /** Where reading stopped, and up to where `lines` counts. */
  readonly offset: number;
  readonly head: number;
  readonly lines: number;
  /** Whether there were more lines than were counted. */
  readonly more: boolean;
}

export interface Theme {
  readonly fg: string;
  readonly bg: string;
  readonly cursor: string;
  readonly palette: readonly string[];
}

export type LinkEvent =
  | { readonly type: "consoles"; readonly consoles: readonly ConsoleInfo[]; readonly logs?: LogTotals; readonly letters?: number }
  | { readonly type: "files" }
  | { readonly type: "letter"; readonly letter: Letter }
  | { readonly type: "card"; readonly card: Card }
  | { readonly type: "notice"; readonly level: string; readonly text: string; readonly about?: string }
  | ({ readonly type: "usage" } & Usage);
