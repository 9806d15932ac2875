/** The inside of a menu: arrows move, letters jump, Enter chooses. */

import { useEffect, useRef } from "preact/hooks";
import type { State } from "../core/state";
import { Icon } from "./icon";

export interface MenuItem {
  readonly label: string;
  readonly icon?: string;
  /** Keys that do the same, shown at the end of the row. */
  readonly keys?: string;
  /** A mark for what is switched on; undefined for an item that is no switch. */
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  /** Said of what the item stands for, and kept up to date while the menu is open. */
  said?(): { readonly state: State; readonly detail: string };
  run(): void;
}

/** A dividing line, or a heading that cannot be chosen. */
export type MenuEntry = MenuItem | "line" | { readonly heading: string };

export interface MenuBodyProps {
  label: string;
  /** Those that come and go while the menu is open stand above the others, which keep the focus. */
  entries: readonly MenuEntry[];
  close: () => void;
}

export function MenuBody({ label, entries, close }: MenuBodyProps) {
  const list = useRef<HTMLDivElement>(null);
  const items = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:enabled") ?? [])];
  useEffect(() => items()[0]?.focus(), []);
  const move = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = target(event.key, at, all);
    if (to === null) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <div ref={list} role="menu" aria-label={label} onKeyDown={move}>
      {entries.map((entry, index) => <Entry key={index - entries.length} entry={entry} close={close} />)}
    </div>
  );
}

function Entry({ entry, close }: { entry: MenuEntry; close: () => void }) {
  if (entry === "line") return <div role="separator" class="menu-line" />;
  if ("heading" in entry) return <div class="menu-heading" role="presentation">{entry.heading}</div>;
  const { label, icon, keys, checked, disabled, danger, run } = entry;
  const said = entry.said?.();
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={checked}
      disabled={disabled}
      class={danger ? "danger" : ""}
      onClick={() => { close(); run(); }}
    >
      <span class="menu-icon">
        {said ? <span class={`console-state ${said.state.look}`} aria-hidden="true">{said.state.mark}</span> : checked ? "✓" : icon && <Icon body={icon} />}
      </span>
      <span class="menu-label">{label}{said && <>{" "}<span class="menu-detail">{said.detail}</span></>}</span>
      {keys && <kbd>{keys}</kbd>}
    </button>
  );
}

/** The index that a key leads to, null when it leads nowhere. */
function target(key: string, at: number, all: readonly HTMLElement[]): number | null {
  if (key === "ArrowDown") return at + 1;
  if (key === "ArrowUp") return at < 0 ? -1 : at - 1;
  if (key === "Home") return 0;
  if (key === "End") return -1;
  if (key.length !== 1) return null;
  const found = all.flatMap((item, index) => (item.querySelector(".menu-label")?.textContent?.toLowerCase().startsWith(key.toLowerCase()) ? [index] : []));
  return found.find((index) => index > at) ?? found[0] ?? null;
}
