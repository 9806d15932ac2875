/** The whole page: files, panes, what stands over them, and the lines below. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import code from "lucide:code";
import folder from "lucide:folder";
import menuIcon from "lucide:menu";
import terminalIcon from "lucide:square-terminal";
import { MAX_FILES_WIDTH, MIN_FILES_WIDTH } from "../core/arrangement";
import { shownTitle } from "../core/naming";
import { nameOf } from "../core/refs";
import { panesOf } from "../core/split";
import { lastInput } from "../console/active";
import { announce, announced, consoleById, keyboardUp } from "../console/index";
import { FilesPanel } from "../files/panel";
import { ComposeSlot, KeyRowSlot } from "../keybar/slot";
import { UsageButton } from "../workspace/meters";
import { Divider } from "./divider";
import { Icon, IconButton } from "./icon";
import { toggleFiles } from "./keys";
import { arrangement, filesOut, filesShown, focusedPane, layout } from "./layout";
import { Notices } from "./notices";
import { Overlays } from "./overlays";
import { Panes } from "./panes";
import { docked, single, watchScreen } from "./screen";
import { StatusBar } from "./statusbar";
import { TopActions } from "./top_actions";

export function App({ box }: { box: HTMLElement }) {
  useEffect(() => watchScreen(box), []);
  const { filesWidth } = arrangement.value;
  // An on-screen keyboard leaves room for one thing: what is typed into.
  const filesOpen = filesShown.value && !keyboardUp.value;
  const drawer = filesOpen && !docked.value;
  useKeysOfDrawer(drawer);
  const opened = (): void => {
    filesOut.value = docked.value; // beside the panes they are again once there is room
  };
  return (
    <>
      {!announced.value && <button type="button" class="skip" onClick={() => announce(true)}>Announce console output, for a screen reader</button>}
      <main class="room" data-files={filesOpen ? (docked.value ? "docked" : "drawer") : "closed"} style={{ "--files-width": `${filesWidth}px` }}>
        {drawer && <div class="scrim" onClick={opened} />}
        {filesOpen && (
          <aside class="files-room" aria-label="File tree" id="files-room" onKeyDown={(event) => event.key === "Escape" && opened()}>
            <FilesPanel onOpened={opened} />
          </aside>
        )}
        {filesOpen && docked.value && <FilesDivider width={filesWidth} />}
        <div class="work">
          <div class="top-lead">
            <IconButton icon={menuIcon} label={filesOpen ? "Hide files" : "Show files"} expanded={filesOpen} onClick={keyboardUp.value ? leaveKeyboard : toggleFiles} />
            <Title />
          </div>
          <TopActions />
          <Panes covered={drawer} />
        </div>
        <Notices />
      </main>
      <StatusBar />
      {single.value && !keyboardUp.value && <Switcher />}
      <ComposeSlot />
      <KeyRowSlot />
      <Overlays />
    </>
  );
}

/** Nothing under a drawer can be reached: the keys go into it when it comes, and back when it goes, unless another pane or
 * a finger was chosen meanwhile. */
function useKeysOfDrawer(open: boolean): void {
  const before = useRef<{ open: boolean; had: Element | null }>({ open: false, had: null });
  // Read before what lies under the drawer lets go of it.
  if (open !== before.current.open) before.current = { open, had: open ? document.activeElement : null };
  useLayoutEffect(() => {
    const { had } = before.current;
    if (!(had instanceof HTMLElement) || !had.closest(".panes")) return undefined;
    (document.querySelector<HTMLElement>(".files [tabindex='0']") ?? document.querySelector<HTMLElement>(".files button"))?.focus();
    return () => {
      if (had.closest(".pane.focused") && lastInput.peek() !== "touch") had.focus();
    };
  }, [open]);
}

/** Put the on-screen keyboard away and show the files in its place. */
function leaveKeyboard(): void {
  (document.activeElement as HTMLElement | null)?.blur();
  layout.files(true);
}

function titleOf(consoleId: string): string {
  const info = consoleById(consoleId);
  return info ? shownTitle(info) : "";
}

/** What is in front, where the room is too narrow for it to be read off the tabs. */
function Title() {
  const pane = focusedPane.value;
  return <span class="top-title">{pane?.active && (pane.kind === "editor" ? nameOf(pane.active) : titleOf(pane.active))}</span>;
}

function FilesDivider({ width }: { width: number }) {
  return (
    <Divider
      label="Width of the files" direction="row" value={width} min={MIN_FILES_WIDTH} max={MAX_FILES_WIDTH} step={20} middle={240}
      controls="files-room" style={{ left: "var(--files-width)", top: "0", height: "100%" }}
      at={(x) => x - (document.querySelector(".room")?.getBoundingClientRect().left ?? 0)}
      onChange={(value) => layout.files(true, Math.round(value))}
    />
  );
}

/** One pane at a time: this leads from one to the other. */
function Switcher() {
  const panes = panesOf(arrangement.value.tree);
  const filesOpen = filesShown.value;
  const here = focusedPane.value;
  const to = (kind: "editor" | "console"): void => {
    const same = panes.filter((pane) => pane.kind === kind);
    const at = same.findIndex((pane) => pane.pane === here?.pane);
    const next = same[(at + 1) % same.length];
    filesOut.value = false;
    if (next) layout.activate(next.pane, null);
  };
  const item = (label: string, icon: string, active: boolean, run: () => void) => (
    <button type="button" aria-current={active ? "page" : undefined} onClick={run}><Icon body={icon} /><span>{label}</span></button>
  );
  return (
    <nav class="switcher" aria-label="Parts of the page">
      {item("Files", folder, filesOpen, () => layout.files(!filesOpen))}
      {item("Editor", code, !filesOpen && here?.kind === "editor", () => to("editor"))}
      {item("Console", terminalIcon, !filesOpen && here?.kind === "console", () => to("console"))}
      <UsageButton />
    </nav>
  );
}
