/** Choosing a folder: one level at a time, by tap or keyboard. */

import { useEffect, useState } from "preact/hooks";
import folderIcon from "lucide:folder";
import upIcon from "lucide:corner-left-up";
import { api, inWorkspace } from "../api";
import { isWithin, nameOf, parentOf } from "../core/refs";
import { Icon } from "../shell/icon";
import { DialogBody, openDialog } from "../shell/overlays";
import { query } from "./content";
import type { Entry } from "./tree";

/** Ask for a folder, beginning in `start`; what lies in one of `moving`, and those themselves, cannot be chosen. */
export function pickFolder(title: string, start: string, moving: readonly string[]): Promise<string | null> {
  return openDialog<string>(title, (close) => <Picker title={title} start={start} moving={moving} close={close} />);
}

interface PickerProps {
  title: string;
  start: string;
  moving: readonly string[];
  close(folder: string | null): void;
}

function Picker({ title, start, moving, close }: PickerProps) {
  const [folder, setFolder] = useState(start);
  const [inner, setInner] = useState<readonly Entry[] | string>([]);
  useEffect(() => {
    let gone = false;
    const show = (value: readonly Entry[] | string): void => {
      if (!gone) setInner(value);
    };
    api.get<{ entries: Entry[] }>(inWorkspace(`files?${query(folder)}`)).then(
      ({ entries }) => show(entries.filter((entry) => entry.kind === "folder" && !moving.some((ref) => isWithin(entry.ref, ref)))),
      (error: unknown) => show(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      gone = true;
    };
  }, [folder]);
  return (
    <DialogBody title={title}>
      <p class="dim">{folder === "" ? "Home" : `Home / ${folder.split("/").map(nameOf).join(" / ")}`}</p>
      <div class="picker">
        {folder !== "" && <Choice icon={upIcon} label="Up" onClick={() => setFolder(parentOf(folder))} />}
        {typeof inner === "string" ? <p class="error">{inner}</p> : inner.map(({ ref }) => (
          <Choice key={ref} icon={folderIcon} label={nameOf(ref)} onClick={() => setFolder(ref)} />
        ))}
      </div>
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={() => close(folder)}>Move here</button>
        <button type="button" onClick={() => close(null)}>Cancel</button>
      </div>
    </DialogBody>
  );
}

function Choice({ icon, label, onClick }: { icon: string; label: string; onClick: () => void }) {
  return <button type="button" class="picker-row" onClick={onClick}><Icon body={icon} />{label}</button>;
}
