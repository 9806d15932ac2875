/** The strip of a console pane: a tab for each console, buttons for new ones, the menus. */

import ellipsis from "lucide:ellipsis";
import list from "lucide:list";
import x from "lucide:x";
import { useEffect, useRef } from "preact/hooks";
import { shownTitle, tabTooltip } from "../core/naming";
import { waitsForCommand } from "../core/prompt";
import { stateOf } from "../core/state";
import { Icon, IconButton } from "../shell/icon";
import { useLongPress } from "../shell/long_press";
import { late } from "../shell/on_demand";
import { giveKeys, keepFocus } from "./active";
import { AttachedButton } from "./attached";
import type { ConsoleGroup, ConsoleTabsProps } from "./index";
import { close, hasHidden, keptCount, openConsoleMenu, openConsolesMenu, rename } from "./menus";
import { NewButton } from "./new_button";
import { progressWords } from "./progress";
import { isLive, terminalOf, thisPage } from "./room";
import { consoleById } from "./store";

const BellButton = late((parts) => parts.BellButton);
const ProgressBar = late((parts) => parts.ProgressBar);

export function ConsoleTabs({ group }: ConsoleTabsProps) {
  const active = group.active === null ? null : consoleById(group.active);
  const kept = keptCount(group);
  const menuName = kept > 0 ? `Consoles, ${kept} kept running` : "Consoles";
  return (
    <div class="console-strip" data-live={isLive()} onMouseDown={keepFocus}>
      <Tabs group={group} />
      <NewButton kind="bash" group={group} />
      <NewButton kind="python" group={group} />
      {active && <AttachedButton info={active} page={thisPage()} />}
      {active && (
        <IconButton
          icon={ellipsis}
          label={`More actions for console ${shownTitle(active)}`}
          onClick={({ currentTarget }) => openConsoleMenu(currentTarget, active, group)}
        />
      )}
      {active?.state === "running" && !waitsForCommand(active) && <BellButton info={active} />}
      <button
        type="button"
        class={`icon-button console-menu ${hasHidden(group) ? "" : "idle"}`}
        aria-label={menuName}
        title={menuName}
        aria-haspopup="menu"
        onClick={({ currentTarget }) => openConsolesMenu(currentTarget, group)}
      >
        <Icon body={list} />
        {kept > 0 && <span class="console-count" aria-hidden="true">{kept}</span>}
      </button>
    </div>
  );
}

/** Tabs, their × and their progress stand in one grid, in groups: a tablist may hold nothing but tabs. */
function Tabs({ group }: { group: ConsoleGroup }) {
  const strip = useRef<HTMLDivElement>(null);
  const attached = group.active === null ? 0 : consoleById(group.active)?.attached?.length; // its button takes room
  useEffect(() => {
    strip.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [group.active, group.ids.length, attached]);
  const move = (event: KeyboardEvent, at: number): void => {
    const id = group.ids[at] ?? "";
    if (event.key === "Delete") return close(consoleById(id), id, group);
    const to = target(event.key, at, group.ids.length);
    const next = to === null ? undefined : group.ids[to];
    if (next === undefined) return;
    event.preventDefault();
    group.activate(next);
    strip.current?.querySelectorAll<HTMLElement>("[role=tab]")[to as number]?.focus();
  };
  return (
    <div class="console-tabs" ref={strip}>
      <div class="console-tablist" role="tablist" aria-label="Consoles">
        {group.ids.map((id, at) => (
          <Tab key={id} id={id} column={at + 1} group={group} onKeyDown={(event) => move(event, at)} />
        ))}
      </div>
      <div class="console-closers">
        {group.ids.map((id, at) => <Closer key={id} id={id} column={at + 1} group={group} />)}
      </div>
      {group.ids.map((id, at) => {
        const info = consoleById(id);
        return info?.progress && <ProgressBar key={id} info={info} progress={info.progress} column={at + 1} />;
      })}
    </div>
  );
}

interface TabProps {
  id: string;
  column: number;
  group: ConsoleGroup;
}

function Tab({ id, column, group, onKeyDown }: TabProps & { onKeyDown: (event: KeyboardEvent) => void }) {
  const info = consoleById(id);
  const selected = group.active === id;
  const state = info && stateOf(info, isLive());
  const title = info ? shownTitle(info) : "Console";
  const press = useLongPress((tab) => info && openConsoleMenu(tab, info, group));
  const belled = info?.bells?.[0];
  const signs = [info?.bel ? "it rang" : "", belled ? "a bell is set" : ""].filter(Boolean);
  const words = [state?.word ?? "", info?.progress ? progressWords(info.progress) : "", ...signs].filter(Boolean);
  return (
    <button
      type="button"
      role="tab"
      class="console-tab"
      style={{ gridColumn: column }}
      aria-selected={selected}
      aria-label={[title, ...signs].join(", ")}
      tabIndex={selected ? 0 : -1}
      title={info ? tabTooltip(info, words) : undefined}
      {...press.listeners}
      onClick={(event) => {
        if (!press.isClick(event)) return;
        group.activate(id);
        giveKeys(() => terminalOf(id));
      }}
      onDblClick={() => info && rename(info)}
      onAuxClick={(event) => event.button === 1 && close(info, id, group)}
      onKeyDown={onKeyDown}
    >
      <span class={`console-state ${state?.look ?? ""}`} aria-hidden="true">{state?.mark}</span>
      <span class="console-title">{title}</span>
      {belled && <span aria-hidden="true">♪</span>}
      {info?.bel && <span class="console-bel" aria-hidden="true" />}
    </button>
  );
}

function Closer({ id, column, group }: TabProps) {
  const info = consoleById(id);
  const label = `Close console ${info ? shownTitle(info) : ""}`.trim(); // a file of that name may be open too
  return (
    <button
      type="button"
      class={`icon-button console-closer ${group.active === id ? "" : "behind"}`}
      style={{ gridColumn: column }}
      aria-label={label}
      title={label}
      tabIndex={group.active === id ? 0 : -1} // as the tabs: Delete closes those that the arrows lead to
      onClick={() => close(info, id, group)}
    >
      <Icon body={x} />
    </button>
  );
}

/** The tab that a key leads to; null when the key means nothing here. */
function target(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
