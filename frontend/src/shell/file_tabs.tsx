/** The strip of one editor pane: a tab per file. The buttons that close stand outside the tablist, in
 * the same grid cells: a tab may not hold a button. */

import { useEffect, useRef } from "preact/hooks";
import pencil from "lucide:pencil";
import x from "lucide:x";
import { nameOf, parentOf } from "../core/refs";
import type { Pane } from "../core/split";
import { buffers, closeFile } from "../editor/buffers";
import { Icon, IconButton } from "./icon";
import { layout } from "./layout";
import { useLongPress } from "./long_press";
import { openPaneMenu } from "./open_pane_menu";

export function FileTabs({ pane, first }: { pane: Pane; first: boolean }) {
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    strip.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pane.active, pane.tabs.length]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = pane.tabs.indexOf(pane.active ?? "");
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: pane.tabs.length - 1 }[event.key];
    if (event.key === "Delete" && pane.active) closeFile(pane.active);
    else if (to !== undefined) {
      layout.activate(pane.pane, pane.tabs[(to + pane.tabs.length) % pane.tabs.length] ?? null);
      requestAnimationFrame(() => strip.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
    } else return;
    event.preventDefault();
  };
  const names = pane.tabs.map(nameOf);
  return (
    <div ref={strip} class="tabs">
      <div role="tablist" aria-label={first ? "Open files" : `Open files, ${pane.pane}`} onKeyDown={onKeyDown}>
        {pane.tabs.map((ref, index) => (
          <Tab key={ref} fileRef={ref} column={index + 1} pane={pane} twin={names.filter((name) => name === names[index]).length > 1} />
        ))}
      </div>
      {pane.tabs.map((ref, index) => (
        <div key={ref} class="tab-end" style={{ gridColumn: index + 1 }}>
          <IconButton icon={x} label={`Close ${names[index]}`} tabIndex={ref === pane.active ? 0 : -1} onClick={() => closeFile(ref)} />
        </div>
      ))}
    </div>
  );
}

function Tab({ fileRef, column, pane, twin }: { fileRef: string; column: number; pane: Pane; twin: boolean }) {
  const name = nameOf(fileRef);
  const active = pane.active === fileRef;
  const dirty = buffers.value.get(fileRef)?.dirty.value ?? false;
  const press = useLongPress((tab) => {
    layout.activate(pane.pane, fileRef);
    openPaneMenu(tab, pane.pane);
  });
  return (
    <div
      role="tab"
      class="tab"
      style={{ gridColumn: column }}
      aria-selected={active}
      aria-label={name}
      aria-description={dirty ? "not saved yet" : undefined}
      tabIndex={active ? 0 : -1}
      title={parentOf(fileRef) ? `${name} in ${parentOf(fileRef).split("/").map(nameOf).join("/")}` : name}
      {...press.listeners}
      onClick={(event) => press.isClick(event) && layout.activate(pane.pane, fileRef)}
      onAuxClick={(event) => event.button === 1 && closeFile(fileRef)}
    >
      <span class="tab-name">{name}</span>
      {twin && <span class="dim">{nameOf(parentOf(fileRef)) || "home"}</span>}
      {dirty && <span class="tab-dirty"><Icon body={pencil} /></span>}
    </div>
  );
}
