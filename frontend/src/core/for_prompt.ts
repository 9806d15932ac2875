/** Lines of a file as an interpreter's prompt takes them. */

import { harmless } from "./pasting";

/** `text` without the indentation that all its lines share and without blank lines around it; a block's end is said by an empty
 * line after it. "" where there is nothing to run. */
export function forPrompt(text: string): string {
  const lines = harmless(text).split(/\r\n|\r|\n/).map((line) => line.trimEnd());
  const full = lines.filter(Boolean);
  const shared = full.map((line) => /^[ \t]*/.exec(line)?.[0] ?? "").reduce((a, b) => commonStart(a, b), full[0] ?? "");
  const bare = lines.map((line) => line.slice(shared.length)).join("\n").replace(/^\n+|\n+$/g, "");
  return /\n[ \t][^\n]*$/.test(bare) ? `${bare}\n` : bare;
}

function commonStart(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return a.slice(0, at);
}
