/** Curly quotes and long dashes that an on-screen keyboard puts where a program wants plain ones. */

const STRAIGHT: Readonly<Record<string, string>> = { "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-" };

/** What a keyboard inserted, made plain where the whole of it is one such character: in a word or a sentence it is meant. */
export function straight(inserted: string): string {
  return STRAIGHT[inserted] ?? inserted;
}
