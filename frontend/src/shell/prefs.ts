/** What the person set once for all devices; kept by the server. */

import { effect, signal } from "@preact/signals";
import { api } from "../api";
import { boot, type Prefs } from "../boot";
import { sayError } from "./notices";

const DEFAULTS: Required<Prefs> = { theme: "system", autosave: true, programKeys: true, keyOrder: {}, keys: {} };

export const prefs = signal<Required<Prefs>>({ ...DEFAULTS, ...boot.prefs });

let saving: Promise<unknown> = Promise.resolve();

/** Change one preference here at once and on the server, one change after the other; a refusal is said and the change stays
 * here. Of the others the server has what was chosen last, perhaps on another device; of this one `change` is told it. */
export function setPref<K extends keyof Prefs>(name: K, change: (kept: Required<Prefs>[K]) => Required<Prefs>[K]): void {
  prefs.value = { ...prefs.value, [name]: change(prefs.value[name]) };
  saving = saving
    .then(() => api.get<Prefs>("prefs"))
    .then((kept) => api.put("prefs", { ...kept, [name]: change({ ...DEFAULTS, ...kept }[name]) }))
    .catch(sayError);
}

/** Keep the document in the chosen theme; the style sheet does the rest. */
export function startTheme(): () => void {
  return effect(() => {
    const { theme } = prefs.value;
    const { dataset } = document.documentElement;
    if (theme === "system") delete dataset["theme"];
    else dataset["theme"] = theme;
  });
}
