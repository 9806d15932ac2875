/** What the console strip offers: the menus themselves are loaded when one is first wanted. */

import { later } from "../shell/on_demand";
import type { ConsoleInfo } from "../told";
import type { ConsoleGroup } from "./index";
import { consoles } from "./store";

export const openConsolesMenu = (anchor: Element, group: ConsoleGroup): void =>
  later(({ showConsolesMenu }) => showConsolesMenu(anchor, group));

export const openConsoleMenu = (anchor: Element, info: ConsoleInfo, group: ConsoleGroup): void =>
  later(({ showConsoleMenu }) => showConsoleMenu(anchor, info, group));

export const rename = (info: ConsoleInfo): void => later((parts) => parts.renameConsole(info));

export const close = (info: ConsoleInfo | null, id: string, group: ConsoleGroup): void =>
  later(({ closeConsole }) => closeConsole(info, () => group.close(id)));

/** How many consoles run without a tab in any pane. */
export function keptCount(group: ConsoleGroup): number {
  return hidden(group, "running").length;
}

/** Whether there is a console that only the Consoles menu leads to. */
export function hasHidden(group: ConsoleGroup): boolean {
  return (consoles.value ?? []).some((info) => !group.openAnywhere.has(info.id));
}

/** Consoles without a tab in any pane. */
export function hidden(group: ConsoleGroup, state: ConsoleInfo["state"]): ConsoleInfo[] {
  return (consoles.value ?? []).filter((info) => info.state === state && !group.openAnywhere.has(info.id));
}
