/** Account and settings. */

import { api } from "../api";
import { boot } from "../boot";
import { announce, announced } from "../console/index";
import { finishBuffers } from "../editor/buffers";
import { arrangeKeys } from "../keybar/arrange";
import { type RowSetting, rowSetting, setRow } from "../keybar/shown";
import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import { openMenu } from "../shell/overlays";
import { prefs, setPref } from "../shell/prefs";
import { openWorkspace } from "../workspace/usage";
import { hasTouch } from "../workspace/meters";
import { openChannels } from "./open_channels";

export function openAccountMenu(anchor: Element): void {
  openMenu(anchor, "Account and settings", accountEntries());
}

/** Loaded when one of them is first wanted: most need the server anyway. */
const dialog = (open: (parts: typeof import("./dialogs")) => void) => (): void => void import("./dialogs").then(open).catch(sayError);

export function accountEntries(): readonly MenuEntry[] {
  const { theme, autosave } = prefs.peek();
  const themes = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" } as const;
  return [
    { heading: boot.user.owner ? `${boot.user.name}, owner` : boot.user.name },
    ...(["system", "light", "dark"] as const).map((value) => ({
      label: themes[value], checked: theme === value, run: () => setPref("theme", () => value),
    })),
    "line",
    ...rowEntries(),
    { label: "Announce console output", checked: announced.peek(), run: () => announce(!announced.peek()) },
    { label: "Save while typing", checked: autosave, run: () => setPref("autosave", () => !autosave) },
    { label: "Workspace…", run: openWorkspace },
    { label: "Drafts…", run: dialog(({ openDrafts }) => openDrafts()) },
    { label: "Keyboard…", run: dialog(({ openKeys }) => openKeys()) },
    "line",
    { label: "Change password…", run: dialog(({ openPassword }) => openPassword()) },
    { label: "Signed-in devices…", run: dialog(({ openDevices }) => openDevices()) },
    { label: "Where I am told…", run: openChannels },
    { label: "About…", run: dialog(({ openAbout }) => openAbout()) },
    { label: "Diagnostics…", run: () => void diagnose() },
    "line",
    { label: "Sign out", run: () => void leave("logout") },
    { label: "Sign out everywhere", run: () => void leave("logout-everywhere") },
  ];
}

const ROWS: Readonly<Record<RowSetting, string>> = { auto: "Key row: while fingers are in use", always: "Key row: always", never: "Key row: never" };

/** Of this device, where it can be touched. */
function rowEntries(): readonly MenuEntry[] {
  if (!hasTouch() && rowSetting.peek() === "auto") return [];
  const rows = (Object.keys(ROWS) as RowSetting[]).map((value) => ({ label: ROWS[value], checked: rowSetting.peek() === value, run: () => setRow(value) }));
  return [...rows, { label: "Arrange the key row…", run: arrangeKeys }, "line"];
}

/** In this very window: an app on the home screen is another thing than a tab. */
async function diagnose(): Promise<void> {
  await finishBuffers().catch(sayError);
  location.assign(`${boot.base}diagnostics`);
}

async function leave(how: "logout" | "logout-everywhere"): Promise<void> {
  try {
    await finishBuffers();
    await api.post(how);
    sessionStorage.clear(); // whoever sits down here next finds nothing that was composed or open in this tab
    location.assign(`${boot.base}sign-in`);
  } catch (error) {
    sayError(error);
  }
}
