/** How bells are set and taken back. */

import { api, inWorkspace } from "../api";
import type { Bell, When } from "../told";

export interface Wish {
  readonly when: When;
  readonly seconds?: number;
  readonly text?: string;
  readonly once: boolean;
  /** Whether what is sent has the last lines of output with it. */
  readonly excerpt?: boolean;
  /** The command that runs, in place of whichever comes. */
  readonly card?: number;
}

/** What is needed of a card here. */
export interface Running {
  readonly id: number;
  readonly command: string;
}

export const bells = {
  list: async (console: string): Promise<readonly Bell[]> =>
    (await api.get<{ bells: Bell[] }>(inWorkspace("bells"))).bells.filter((bell) => bell.console === console),
  /** The command that runs in a console, as far as it is known. */
  running: async (console: string): Promise<Running | null> =>
    (await api.get<{ cards: Running[] }>(inWorkspace(`cards?console=${console}&state=running&limit=1`))).cards[0] ?? null,
  set: (console: string, wish: Wish): Promise<Bell> => api.post<Bell>(inWorkspace("bells"), { console, ...wish }),
  remove: (id: number): Promise<void> => api.delete<void>(inWorkspace(`bells/${id}`)),
};
