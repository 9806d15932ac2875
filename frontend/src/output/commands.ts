/** The commands of a console, of which each has its part of the output. */

import { api, inWorkspace } from "../api";
import type { Card } from "../told";

export interface Listed {
  readonly cards: readonly Card[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

const LISTED = 50;

interface Asked {
  /** A part of the command. */
  readonly text?: string;
  /** Older than this one. */
  readonly before?: number;
  /** The last one that begins above, or the first one below an offset. */
  readonly above?: number;
  readonly below?: number;
  readonly limit?: number;
}

/** Throws ApiError. */
export function commandsOf(consoleId: string, asked: Asked): Promise<Listed> {
  const said = Object.entries({ limit: LISTED, ...asked }).flatMap(([name, value]) => (value === "" ? [] : [[name, String(value)]]));
  const query = new URLSearchParams([["console", consoleId], ...said]);
  return api.get<Listed>(inWorkspace(`cards?${query}`));
}
