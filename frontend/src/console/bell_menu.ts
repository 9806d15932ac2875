/** What the menu of a console offers of bells. */

import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import type { ConsoleInfo } from "../told";
import { bells } from "./bells";

export function bellEntries(info: ConsoleInfo): readonly MenuEntry[] {
  return [
    { label: "Tell me when it finishes", checked: finishedBell(info) !== undefined, run: () => toggleFinished(info) },
    { label: "Tell me when…", run: () => void import("./bell_dialog").then(({ openBells }) => openBells(info)).catch(sayError) },
  ];
}

/** The bell that rings when what runs there finishes. */
export function finishedBell(info: ConsoleInfo): NonNullable<ConsoleInfo["bells"]>[number] | undefined {
  return info.bells?.find(({ when }) => when === "finished");
}

/** Set that bell, or take it back. */
export function toggleFinished(info: ConsoleInfo): void {
  const set = finishedBell(info);
  (set ? bells.remove(set.id) : bells.set(info.id, { when: "finished", once: true })).catch(sayError);
}
