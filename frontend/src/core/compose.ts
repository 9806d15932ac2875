/** What was written in the compose line: the text that waits and those that were sent, each console its own, bounded. */

export const MAX_TEXT_CHARS = 16_384;
export const MAX_SENT = 50;
const MAX_SENT_CHARS = 32_768;

/** Of one console. `sent`: the oldest first, each once. */
export interface Composed {
  readonly text: string;
  readonly sent: readonly string[];
}

export const NOTHING: Composed = { text: "", sent: [] };

/** After `text` was sent: it is the newest of the sent ones, and nothing waits. */
export function afterSending({ sent }: Composed, text: string): Composed {
  const next = [...sent.filter((other) => other !== text), text].slice(-MAX_SENT);
  let chars = next.reduce((sum, { length }) => sum + length, 0);
  while (next.length > 1 && chars > MAX_SENT_CHARS) chars -= next.shift()?.length ?? 0;
  return { text: "", sent: next };
}

/** What another time of this page stored. Anything else counts as nothing. */
export function readComposed(stored: string | null): Composed {
  try {
    const { text, sent } = JSON.parse(stored ?? "null") as Composed;
    if (typeof text !== "string" || !Array.isArray(sent) || !sent.every((one) => typeof one === "string")) return NOTHING;
    return { text: text.slice(0, MAX_TEXT_CHARS), sent: sent.slice(-MAX_SENT) };
  } catch {
    return NOTHING;
  }
}
