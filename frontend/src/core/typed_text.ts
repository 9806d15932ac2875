/** The text in front of a terminal's cursor as far as it was typed on this page, and what a keyboard's correction of it sends. */

const MAX_CHARS = 256;
const DELETE = "\x7f";
/** Sent by keys that move or end the line: what is in front of the cursor then is not known. */
const MOVES = /[\x00-\x1f\x80-\x9f]/;

/** What `text` becomes when `sent` goes to the program. */
export function afterTyping(text: string, sent: string): string {
  if (MOVES.test(sent)) return "";
  const chars = [...text];
  for (const char of sent) {
    if (char === DELETE) chars.pop();
    else chars.push(char);
  }
  return chars.slice(-MAX_CHARS).join("");
}

/** What to send after a keyboard turned the end of its own text from `before` to `after`; null where that is not what
 * stands in front of the cursor. The key that ends a word may be sent before the word is corrected. */
export function correction(typed: string, before: string, after: string): string | null {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  if (/[\ud800-\udbff]/.test(before[same - 1] ?? "")) same -= 1; // not half of a character
  const wrong = before.slice(same);
  const seen = wrong || before.slice(-1);
  const ahead = typed.endsWith(seen) ? "" : typed.slice(0, -1).endsWith(seen) ? typed.slice(-1) : null;
  return ahead === null ? null : DELETE.repeat([...wrong, ...ahead].length) + after.slice(same) + ahead;
}
