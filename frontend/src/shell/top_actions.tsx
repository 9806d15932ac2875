/** Save, Stop, Run and the account: at the top right, always there, Run always in the same place. */

import { useLayoutEffect, useRef } from "preact/hooks";
import command from "lucide:command";
import play from "lucide:play";
import saveIcon from "lucide:save";
import square from "lucide:square";
import squarePen from "lucide:square-pen";
import user from "lucide:circle-user-round";
import { buffers } from "../editor/buffers";
import { openCompose } from "../keybar/slot";
import { hasTouch, UsageButton } from "../workspace/meters";
import { Icon, IconButton } from "./icon";
import { focusedPane, frontFile } from "./layout";
import { later, openPalette } from "./on_demand";
import { screenClass, single } from "./screen";
import { frontRun, runFront, saveFront, starting, stopRun } from "./run";

export function TopActions() {
  const bar = useRef<HTMLDivElement>(null);
  const run = frontRun.value;
  const running = run?.state === "running";
  // Where a console is all that a phone shows there is nothing to save in sight, and its row of keys has no room for Compose.
  const front = focusedPane.value;
  const written = screenClass.value === "narrow" && front?.kind === "console" && front.active;
  const dirty = (frontFile.value !== null && buffers.value.get(frontFile.value)?.dirty.value) || false;
  useLayoutEffect(() => {
    const element = bar.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => document.documentElement.style.setProperty("--actions", `${element.offsetWidth}px`));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={bar} class="top-actions" role="toolbar" aria-label="File and account">
      {running && run && <IconButton class="stop" icon={square} label="Stop" onClick={() => void stopRun(run)} />}
      {written
        ? <IconButton icon={squarePen} label="Compose" onClick={() => openCompose(written)} />
        : <IconButton class={dirty ? "dirty" : ""} icon={saveIcon} label="Save" onClick={() => void saveFront()} />}
      <button type="button" class="run" disabled={starting.value} onClick={runFront}><Icon body={play} /><span>Run</span></button>
      {hasTouch() && !single.value && <UsageButton />}
      <IconButton icon={command} label="All commands" onClick={() => openPalette("commands")} />
      <IconButton icon={user} label="Account and settings" onClick={({ currentTarget }) => later(({ openAccountMenu }) => openAccountMenu(currentTarget))} />
    </div>
  );
}
