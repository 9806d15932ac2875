/** Save, Stop, Run and the account: at the top right, always there, Run always in the same place. */

import { useLayoutEffect, useRef } from "preact/hooks";
import play from "lucide:play";
import saveIcon from "lucide:save";
import square from "lucide:square";
import user from "lucide:circle-user-round";
import { openAccountMenu } from "../account/menu";
import { buffers } from "../editor/buffers";
import { Icon, IconButton } from "./icon";
import { frontFile } from "./layout";
import { frontRun, runFront, saveFront, starting, stopRun } from "./run";

export function TopActions() {
  const bar = useRef<HTMLDivElement>(null);
  const run = frontRun.value;
  const running = run?.state === "running";
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
      <IconButton class={dirty ? "dirty" : ""} icon={saveIcon} label="Save" onClick={() => void saveFront()} />
      <button type="button" class="run" disabled={starting.value} onClick={runFront}><Icon body={play} /><span>Run</span></button>
      <IconButton icon={user} label="Account and settings" onClick={(event) => openAccountMenu(event.currentTarget)} />
    </div>
  );
}
