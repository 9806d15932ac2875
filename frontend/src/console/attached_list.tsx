/** The menu of the pages that show a console: it follows who comes and goes while it is open. */

import "../later"; // with it, what all of them share is one chunk
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { MenuBody, type MenuBodyProps, type MenuEntry } from "../shell/menu";
import { openMenu } from "../shell/overlays";
import type { ConsoleInfo } from "../told";
import { attachedEntries } from "./attached_menu";
import { consoleById } from "./store";

/** The click of a finger comes so long after it was lifted. */
const CLICK_FOLLOWS_MS = 500;

export function showAttached(anchor: Element, info: ConsoleInfo, page: string): void {
  openMenu(anchor, "Pages that show it", [], (menu) => <AttachedList {...menu} info={info} page={page} />);
}

/** Nothing moves from under a finger or pointer that is down: what changes meanwhile is shown after its click. */
function AttachedList({ info, page, ...menu }: MenuBodyProps & { info: ConsoleInfo; page: string }) {
  const pressed = useSignal(false);
  const entries = useRef<readonly MenuEntry[]>([]);
  if (!pressed.value) entries.current = attachedEntries(consoleById(info.id) ?? info, page);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = ({ type }: Event): void => {
      clearTimeout(timer);
      if (type === "pointerdown") pressed.value = true;
      else timer = setTimeout(() => { pressed.value = false; }, CLICK_FOLLOWS_MS);
    };
    for (const name of ["pointerdown", "pointerup", "pointercancel"]) addEventListener(name, press, { signal: gone.signal });
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, []);
  return <MenuBody {...menu} entries={entries.current} />;
}
