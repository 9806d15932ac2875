/** Which program a console shows, as far as there are keys for it. A guess that may be wrong is none. */

export const PROGRAMS = ["vim", "less", "pdb", "nano"] as const;
export type Program = (typeof PROGRAMS)[number];
/** "screen" is a full-screen program that is none of them. */
export type Shown = Program | "screen";

export interface Sight {
  readonly kind: "bash" | "python" | "run";
  /** Whether a shell waits for a command. */
  readonly atPrompt: boolean;
  /** The command line in a shell's foreground; "" where it is not known. */
  readonly command: string;
  /** What the program calls its window. */
  readonly title: string;
  /** Whether the alternate screen is shown. */
  readonly fullScreen: boolean;
  /** Whether what runs has shown a debugger's prompt. */
  readonly debugs: boolean;
  /** Whether what stands before the cursor is what a pager asks with, or the full screen began with that. */
  readonly pages: boolean;
}

export function programIn({ kind, atPrompt, command, title, fullScreen, debugs, pages }: Sight): Shown | null {
  if (kind === "bash" && atPrompt) return null;
  if (!fullScreen) return debugs ? "pdb" : named(command);
  const known = named(command) ?? (/ - N?VIM\d*$/.test(title) ? "vim" : null);
  // At the end of a pipe: what began it, which the shell would name, has ended.
  return known ?? (pages && command === "" ? "less" : "screen");
}

const NAMES: readonly (readonly [Program, RegExp])[] = [
  ["vim", /^(r?n?vim?|vim\.\w+|r?view|n?vimdiff)$/],
  ["less", /^([bx]?z?less|pager|man)$/],
  ["nano", /^(r?nano|pico)$/],
  ["pdb", /^i?pdb3?$/],
];
/** What stands before a program's name and leaves the keys to it. */
const BEFORE = /^(sudo|doas|env|\w+=.*)$/;
/** These of Git show their output by pages; others may open an editor. */
const PAGED_BY_GIT = /^(log|diff|show|blame|reflog|grep|shortlog|help)$/;

function named(command: string): Program | null {
  const words = command.split(" ");
  while (BEFORE.test(words[0] ?? "")) words.shift();
  const [name = "", ...rest] = words;
  const program = name.replace(/^.*\//, "");
  if (/^python[\d.]*$/.test(program)) return rest[0] === "-m" && /^i?pdb$/.test(rest[1] ?? "") ? "pdb" : null;
  if (program === "git") return PAGED_BY_GIT.test(rest[0] ?? "") ? "less" : null;
  return NAMES.find(([, names]) => names.test(program))?.[0] ?? null;
}

/** Whose prompt the line is in which the cursor stands, up to it. */
export function promptIn(line: string): "pdb" | "python" | "pager" | null {
  if (/^(\(+Pdb(\+\+)?\)+|ipdb>) /.test(line)) return "pdb";
  if (/^:$|\(END\)$/.test(line)) return "pager";
  return /^(>>>|In \[\d+\]:) /.test(line) ? "python" : null;
}

export interface Filled {
  /** Whether the alternate screen is shown. */
  readonly full: boolean;
  /** Whether it was a pager's when it was seen first: it is one still while that asks for a search or shows its help. */
  readonly paged: boolean;
}

/** What the alternate screen is, seen with `pager`, whether the cursor stands behind a pager's prompt. An editor's command line looks the same, but comes later. */
export function filled(before: Filled, full: boolean, pager: boolean): Filled {
  return { full, paged: full && (before.full ? before.paged : pager) };
}
