/** The panes: each in its room of the split tree, as siblings, so that dividing never rebuilds a
 * terminal or an editor. */

import { useRef } from "preact/hooks";
import ellipsis from "lucide:ellipsis";
import maximise from "lucide:maximize-2";
import minimise from "lucide:minimize-2";
import columns from "lucide:columns-2";
import { ConsolePane, ConsoleTabs } from "../console/index";
import { type Direction, findPane, measure, MAX_PANES, type Pane, panesOf, type Rect, setRatio, WHOLE } from "../core/split";
import { EditorPane } from "../editor/pane";
import { files } from "../files/commands";
import { groupOf } from "./console_group";
import { Divider } from "./divider";
import { EmptyConsole } from "./empty_console";
import { FileTabs } from "./file_tabs";
import { IconButton } from "./icon";
import { arrangement, layout } from "./layout";
import { divide } from "./divide";
import { openPaneMenu } from "./open_pane_menu";
import { screenClass, single } from "./screen";

/** The one pane that fills the room, null when all are shown. */
export function onlyPane(): string | null {
  const { maximised, focused, tree } = arrangement.value;
  if (single.value) return focused;
  return maximised && findPane(tree, maximised) ? maximised : null;
}

/** `covered`: something lies over them that has to go first. */
export function Panes({ covered }: { covered: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const { tree, focused } = arrangement.value;
  const only = onlyPane();
  const { rooms, dividers } = measure(tree);
  const panes = panesOf(tree);
  const firstOf = (kind: Pane["kind"]): string | undefined => panes.find((pane) => pane.kind === kind)?.pane;
  const shareAt = (direction: Direction, room: Rect, x: number, y: number): number => {
    const whole = box.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return direction === "row" ? ((x - whole.left) / whole.width - room.left) / room.width : ((y - whole.top) / whole.height - room.top) / room.height;
  };
  const divider = ({ split, direction, ratio, room, controls }: (typeof dividers)[number]) => (
    <Divider
      key={split}
      label="Divider between panes"
      direction={direction}
      value={ratio * 100}
      min={10}
      max={90}
      step={5}
      middle={50}
      controls={controls}
      style={dividerStyle(direction, ratio, room)}
      at={(x, y) => shareAt(direction, room, x, y) * 100}
      onChange={(value) => layout.tree((node) => setRatio(node, split, value / 100))}
    />
  );
  return (
    <div ref={box} class="panes" inert={covered}>
      {panes.flatMap((pane) => [
        ...(only === null ? dividers.filter(({ before }) => before === pane.pane).map(divider) : []),
        <PaneBox
          key={pane.pane}
          pane={pane}
          room={only === null ? (rooms.get(pane.pane) ?? WHOLE) : WHOLE}
          hidden={only !== null && only !== pane.pane}
          focused={focused === pane.pane}
          first={firstOf(pane.kind) === pane.pane}
          count={panes.length}
        />,
      ])}
    </div>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(4)}%`;

function dividerStyle(direction: "row" | "column", ratio: number, room: Rect): Record<string, string> {
  return direction === "row"
    ? { left: percent(room.left + room.width * ratio), top: percent(room.top), height: percent(room.height) }
    : { top: percent(room.top + room.height * ratio), left: percent(room.left), width: percent(room.width) };
}

interface PaneBoxProps {
  pane: Pane;
  room: Rect;
  hidden: boolean;
  focused: boolean;
  first: boolean;
  count: number;
}

function PaneBox({ pane, room, hidden, focused, first, count }: PaneBoxProps) {
  const style = { left: percent(room.left), top: percent(room.top), width: percent(room.width), height: percent(room.height) };
  const focus = (): void => {
    if (arrangement.peek().focused !== pane.pane) layout.activate(pane.pane, null);
  };
  return (
    <div
      class={`pane ${pane.kind} ${focused ? "focused" : ""}`}
      id={pane.pane}
      style={style}
      data-hidden={hidden}
      data-leading={room.left === 0 && room.top === 0}
      data-trailing={room.left + room.width > 0.9999 && room.top === 0}
      data-inner-left={room.left > 0}
      data-inner-top={room.top > 0}
      onFocusCapture={focus}
      onPointerDown={focus}
    >
      <div class="strip">
        {pane.kind === "editor" ? <FileTabs pane={pane} first={first} /> : <ConsoleTabs group={groupOf(pane)} />}
        <PaneButtons pane={pane} count={count} />
      </div>
      <div class="pane-body">
        {pane.tabs.map((tab) => {
          const front = tab === pane.active;
          return (
            <div key={tab} class="slot" data-hidden={!front}>
              {pane.kind === "editor"
                ? <EditorPane fileRef={tab} visible={front && !hidden} focused={focused} />
                : <ConsolePane consoleId={tab} visible={front && !hidden} focused={focused} />}
            </div>
          );
        })}
        {pane.tabs.length === 0 && (pane.kind === "editor" ? <EmptyEditor /> : <EmptyConsole paneId={pane.pane} />)}
      </div>
    </div>
  );
}

function PaneButtons({ pane, count }: { pane: Pane; count: number }) {
  const isMax = arrangement.value.maximised === pane.pane;
  const kind = pane.kind === "editor" ? "editor" : "console";
  const roomy = !single.value && screenClass.value === "wide";
  if (single.value && pane.kind === "console") return null;
  return (
    <div class="pane-buttons">
      {roomy && <IconButton icon={columns} label={`Split this ${kind} pane`} disabled={count >= MAX_PANES} onClick={() => divide(pane, "row")} />}
      {!single.value && count > 1 && (
        <IconButton icon={isMax ? minimise : maximise} label={isMax ? "Restore the panes" : `Maximise this ${kind} pane`} pressed={isMax}
          onClick={() => layout.maximise(isMax ? null : pane.pane)} />
      )}
      <IconButton icon={ellipsis} label={`More for this ${kind} pane`} onClick={(event) => openPaneMenu(event.currentTarget, pane.pane)} />
    </div>
  );
}

function EmptyEditor() {
  return (
    <div class="empty">
      <p>Open a file, or try an example that counts while you are away.</p>
      <div class="empty-buttons">
        <button type="button" class="primary" onClick={() => files.tryExample()}>Try an example</button>
        <button type="button" onClick={() => files.newFile("")}>New file</button>
      </div>
    </div>
  );
}
