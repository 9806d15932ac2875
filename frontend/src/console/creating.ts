/** Starting a console in a strip of tabs. */

import { sayError } from "../shell/notices";
import type { MenuEntry } from "../shell/menu";
import { catchKeys } from "./catcher";
import type { ConsoleGroup } from "./index";
import { sizeForNew } from "./room";
import { actions, type ConsoleKind } from "./store";

export const KIND_NAMES: Record<ConsoleKind, string> = { bash: "Bash", python: "Python" };

/** Start a console in the folder of the one in front, and show it. With `record` false nothing that it prints is ever
 * written to the disk. What goes wrong is said to the person. */
export async function createConsole(kind: ConsoleKind, group: ConsoleGroup, record = true): Promise<void> {
  const done = catchKeys();
  try {
    const info = await actions.create(kind, {
      ...sizeForNew(),
      ...(group.active !== null && { beside: group.active }),
      ...(!record && { record }),
    });
    done(info.id);
    group.open(info.id);
    // A keeper older than the page does not know the wish at birth.
    if (!record && !info.never_record) await actions.record(info.id, false);
  } catch (error) {
    done(null);
    sayError(error);
  }
}

export function newEntry(kind: ConsoleKind, group: ConsoleGroup): MenuEntry {
  return { label: `New ${KIND_NAMES[kind]} console`, run: () => void createConsole(kind, group) };
}

/** The choice that is rare enough for a menu. */
export function neverRecordedEntry(kind: ConsoleKind, group: ConsoleGroup): MenuEntry {
  return { label: `New ${KIND_NAMES[kind]} console, never recorded`, run: () => void createConsole(kind, group, false) };
}
