/** What is pasted into a terminal. */

const SHOWN_LINES = 20;
const SHOWN_CHARS = 200;

/** Without control characters but tab and line ends: they would act as keys, or end what a program took for a paste. */
export function harmless(text: string): string {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "");
}

/** Whether a program that reads line by line would act on more than one. */
export function hasSeveralLines(text: string): boolean {
  return split(text).length > 1;
}

/** The first lines, cut where they are long, for the person to judge by. */
export function pasteLines(text: string): { readonly shown: readonly string[]; readonly count: number; readonly more: number } {
  const all = split(text);
  const shown = all.slice(0, SHOWN_LINES).map((line) => (line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line));
  return { shown, count: all.length, more: all.length - shown.length };
}

function split(text: string): string[] {
  return text.replace(/(\r\n|\r|\n)$/, "").split(/\r\n|\r|\n/);
}
