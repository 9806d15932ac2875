/** Finding in a list by a few typed letters. */

/** Worth of each way that a word is found: less is better. */
const AT_START = 0;
const AT_WORD = 1;
const INSIDE = 2;
const SCATTERED = 4;

/** How well `text` answers to `typed`: 0 is best, null is not at all. Each word of `typed` must be found, in any order; letters
 * in sequence with others between them count too, as `mpy` does for main.py. */
export function worth(typed: string, text: string): number | null {
  const low = text.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const one = ofWord(word, low);
    if (one === null) return null;
    sum += one;
  }
  return sum;
}

function ofWord(word: string, low: string): number | null {
  const at = low.indexOf(word);
  if (at === 0) return AT_START;
  if (at > 0) return [...low.matchAll(/[^\p{L}\p{N}]+/gu)].some(({ 0: gap, index }) => low.startsWith(word, index + gap.length)) ? AT_WORD : INSIDE;
  let from = 0;
  for (const char of word) {
    const found = low.indexOf(char, from);
    if (found < 0) return null;
    from = found + char.length;
  }
  return SCATTERED;
}

/** The best `most` of a list, in the list's order where they are worth the same. */
export function best<T>(typed: string, all: readonly T[], textOf: (one: T) => string, most: number): T[] {
  return all
    .map((one, at) => ({ one, at, worth: worth(typed, textOf(one)) }))
    .filter(({ worth: found }) => found !== null)
    .sort((a, b) => (a.worth ?? 0) - (b.worth ?? 0) || a.at - b.at)
    .slice(0, most)
    .map(({ one }) => one);
}
