/** Whether a console computes or waits for its person. */

export interface Prompting {
  readonly kind: "bash" | "python" | "run";
  readonly state: "running" | "ended";
  /** Whether closing would end something. */
  readonly busy: boolean;
  /** Whether it waits for a command. A keeper older than the page does not say it. */
  readonly at_prompt?: boolean;
  /** Whether what runs waits for an answer. Nor does it say this. */
  readonly waiting?: boolean;
}

/** A `read` of Bash itself has no program in the foreground either. */
export function waitsForCommand({ state, busy, at_prompt, waiting }: Prompting): boolean {
  return state === "running" && !waiting && (at_prompt ?? !busy);
}
