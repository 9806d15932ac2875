/** The uploads that are under way, for the list below the tree. */

import { signal } from "@preact/signals";

export interface Transfer {
  readonly id: number;
  readonly name: string;
  readonly sent: number;
  readonly total: number;
  cancel(): void;
}

export const transfers = signal<readonly Transfer[]>([]);
