/** The buttons that start a console. A finger that stays, a right click or the menu key offers one that is never recorded. */

import { useSignal } from "@preact/signals";
import plus from "lucide:plus";
import { Icon } from "../shell/icon";
import { useLongPress } from "../shell/long_press";
import { openMenu } from "../shell/overlays";
import { createConsole, KIND_NAMES, neverRecordedEntry } from "./creating";
import type { ConsoleGroup } from "./index";
import type { ConsoleKind } from "./store";

/** Where a strip has no room for the word: the ending of such a file. */
const SHORT_NAMES: Record<ConsoleKind, string> = { bash: "sh", python: "py" };

export function NewButton({ kind, group }: { kind: ConsoleKind; group: ConsoleGroup }) {
  const waiting = useSignal(false);
  const label = `New ${KIND_NAMES[kind]} console`;
  const create = async (): Promise<void> => {
    waiting.value = true;
    await createConsole(kind, group);
    waiting.value = false;
  };
  const press = useLongPress((anchor) => openMenu(anchor, label, [{ label, run: () => void create() }, neverRecordedEntry(kind, group)]));
  return (
    <button
      type="button"
      class="console-new"
      aria-label={label}
      title={label}
      disabled={waiting.value}
      {...press.listeners}
      onClick={(event) => press.isClick(event) && void create()}
    >
      <Icon body={plus} />
      <span class="console-new-word">{KIND_NAMES[kind]}</span>
      <span class="console-new-short">{SHORT_NAMES[kind]}</span>
    </button>
  );
}
