/** Account and settings. */

import { api } from "../api";
import { boot } from "../boot";
import { finishBuffers } from "../editor/buffers";
import type { MenuEntry } from "../shell/menu";
import { sayError } from "../shell/notices";
import { openMenu } from "../shell/overlays";
import { prefs, setPref } from "../shell/prefs";

/** The dialogs are a chunk of their own: hardly anybody needs them before the first prompt. */
const dialog = (name: "openAbout" | "openDevices" | "openDrafts" | "openKeys" | "openPassword") => (): void =>
  void import("../later").then((dialogs) => dialogs[name](), sayError);

export function openAccountMenu(anchor: Element): void {
  openMenu(anchor, "Account and settings", entries());
}

function entries(): readonly MenuEntry[] {
  const { theme, autosave } = prefs.peek();
  const themes = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" } as const;
  return [
    { heading: boot.user.owner ? `${boot.user.name}, owner` : boot.user.name },
    ...(["system", "light", "dark"] as const).map((value) => ({
      label: themes[value], checked: theme === value, run: () => setPref("theme", value),
    })),
    "line",
    { label: "Save while typing", checked: autosave, run: () => setPref("autosave", !autosave) },
    { label: "Drafts…", run: dialog("openDrafts") },
    { label: "Keyboard…", run: dialog("openKeys") },
    "line",
    { label: "Change password…", run: dialog("openPassword") },
    { label: "Signed-in devices…", run: dialog("openDevices") },
    { label: "About…", run: dialog("openAbout") },
    "line",
    { label: "Sign out", run: () => void leave("logout") },
    { label: "Sign out everywhere", run: () => void leave("logout-everywhere") },
  ];
}

async function leave(how: "logout" | "logout-everywhere"): Promise<void> {
  try {
    await finishBuffers();
    await api.post(how);
    location.assign(`${boot.base}sign-in`);
  } catch (error) {
    sayError(error);
  }
}
