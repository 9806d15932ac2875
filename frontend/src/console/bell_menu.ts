/** What the menu of a console offers of bells. */

import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import type { ConsoleInfo } from "../told";
import { bells } from "./bells";

export function bellEntries(info: ConsoleInfo): readonly MenuEntry[] {
  const set = info.bells?.find(({ when }) => when === "finished");
  const toggle = (): Promise<unknown> => (set ? bells.remove(set.id) : bells.set(info.id, { when: "finished", once: true }));
  return [
    { label: "Tell me when it finishes", checked: set !== undefined, run: () => void toggle().catch(sayError) },
    { label: "Tell me when…", run: () => void import("./bell_dialog").then(({ openBells }) => openBells(info)).catch(sayError) },
  ];
}
