/**
 * The page's own keys, as data. A chord is written as its modifiers and its key: `Ctrl+Shift+p`. Letters and digits are
 * those of KeyboardEvent.key, so that they follow the layout; arrows, function keys and punctuation go by their code's name.
 * `>` stands between a key and the one pressed after it.
 *
 * What stays free: Option and AltGraph with a character, which type brackets on half the layouts of Europe; what browsers
 * and systems keep for themselves; and in a console Ctrl with one key, which belongs to the program.
 */

export type Action =
  | "palette" | "open-file" | "find-in-files" | "save" | "run" | "stop" | "toggle-files" | "toggle-console" | "close-tab" | "next-tab" | "previous-tab" | "tab-n"
  | "split" | "maximise" | "search" | "runs" | "next-region" | "previous-region" | "next-command" | "previous-command"
  | "larger-letters" | "smaller-letters" | "usual-letters";

export interface Binding {
  readonly action: Action;
  /** The first is the one that is shown. */
  readonly apple: readonly string[];
  readonly others: readonly string[];
}

const same = (action: Action, ...chords: string[]): Binding => ({ action, apple: chords, others: chords });
/** Cmd on Apple keyboards, Ctrl on the others. */
const primary = (action: Action, ...keys: string[]): Binding => ({
  action, apple: keys.map((key) => `Meta+${key}`), others: keys.map((key) => `Ctrl+${key}`),
});

export const KEYMAP: readonly Binding[] = [
  { action: "palette", apple: ["Meta+Shift+p", "F1"], others: ["F1", "Ctrl+Shift+p"] },
  primary("open-file", "p"),
  primary("find-in-files", "Shift+f"),
  primary("save", "s"),
  primary("run", "Enter"),
  { action: "stop", apple: ["Meta+Period"], others: [] },
  primary("toggle-files", "b"),
  { action: "toggle-console", apple: ["Meta+j", "Ctrl+Backquote"], others: ["Ctrl+Backquote", "Ctrl+j"] },
  primary("close-tab", "k>w"),
  same("next-tab", "Ctrl+Alt+ArrowRight"),
  same("previous-tab", "Ctrl+Alt+ArrowLeft"),
  primary("tab-n", ...Array.from("123456789", (digit) => `k>${digit}`)),
  primary("split", "k>s"),
  primary("maximise", "k>m"),
  primary("search", "k>f"),
  primary("runs", "k>r"),
  { action: "next-region", apple: ["F6", "Ctrl+Alt+ArrowDown"], others: ["F6"] },
  { action: "previous-region", apple: ["Shift+F6", "Ctrl+Alt+ArrowUp"], others: ["Shift+F6"] },
  { action: "next-command", apple: ["Meta+ArrowDown"], others: ["Ctrl+Shift+ArrowDown"] },
  { action: "previous-command", apple: ["Meta+ArrowUp"], others: ["Ctrl+Shift+ArrowUp"] },
  primary("larger-letters", "Equal", "Shift+Equal"),
  primary("smaller-letters", "Minus"),
  primary("usual-letters", "0"),
];

/** What a person chose in place of the map's, by action. */
export const chosen: { [action in Action]?: readonly string[] } = {};

export function chordsOf({ action, apple: theirs, others }: Binding, apple: boolean): readonly string[] {
  return chosen[action] ?? (apple ? theirs : others);
}

export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

/** By what they type: their places differ from country to country. */
const SIGNS: Record<string, string> = { "+": "Equal", "=": "Equal", "-": "Minus" };

/** How the map writes what was pressed. */
export function chordOf({ key, code, ctrlKey, altKey, shiftKey, metaKey }: Pressed): string {
  const name = /^[a-z0-9]$/i.test(key) ? key.toLowerCase() : key.length > 1 ? key : (SIGNS[key] ?? code);
  return (ctrlKey ? "Ctrl+" : "") + (altKey ? "Alt+" : "") + (metaKey ? "Meta+" : "") + (shiftKey ? "Shift+" : "") + name;
}

/** Whether a console gets this chord: Ctrl with one key is its program's, and it has a search of its own. */
export function isPrograms(chord: string): boolean {
  return /^Ctrl\+(Shift\+f|\w+)$/.test(chord) && chord !== "Ctrl+Backquote";
}

export interface Found {
  readonly action: Action;
  /** The last key of the chord. */
  readonly key: string;
}

/** What a chord means after `before` ("" when nothing went before): an action, "more" when another key decides, null when it is not ours. */
export function meaningOf(chord: string, before: string, apple: boolean): Found | "more" | null {
  const whole = before ? `${before}>${chord}` : chord;
  for (const binding of KEYMAP) {
    for (const bound of chordsOf(binding, apple)) {
      if (bound === whole) return { action: binding.action, key: chord };
      if (bound.startsWith(`${whole}>`)) return "more";
    }
  }
  return null;
}
