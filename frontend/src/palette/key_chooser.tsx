/** Other keys for the page's actions, as the person presses them; they follow the person to other devices with such a keyboard. */

import "../later"; // with it, what all of them share is one chunk
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ACTIONS } from "../account/key_list";
import { keysOf, wordsOf } from "../core/key_words";
import { type Action, chordOf, chosen } from "../core/keymap";
import { begins, chordsFor, troubleOf } from "../core/rebinding";
import { isApple } from "../shell/key_help";
import { DialogBody, openDialog } from "../shell/overlays";
import { prefs, setPref } from "../shell/prefs";

const SIDE = isApple ? "apple" : "others";
const MODIFIERS = new Set(["Control", "Alt", "Shift", "Meta"]);

export function showKeyChooser(): void {
  void openDialog<null>("Change keys", (close) => <KeyChooser close={() => close(null)} />);
}

type Row = readonly [Action, string];
/** What the list for reading tells by its neighbour. */
const BESIDE: { readonly [action in Action]?: Row } = {
  "next-tab": ["previous-tab", "Previous tab"],
  "next-region": ["previous-region", "Previous part of the page"],
  "previous-command": ["next-command", "In a console: the command after"],
};
const ROWS: readonly Row[] = ACTIONS.flatMap(([action, what]) => {
  const row: Row = [action, what.replace(/[;,].*/, "")];
  const beside = BESIDE[action];
  return beside ? [row, beside] : [row];
});

/** What is being chosen, and the first of two keys that was pressed. */
interface Choosing {
  readonly action: Action;
  readonly before: string;
}

function KeyChooser({ close }: { close(): void }) {
  const choosing = useSignal<Choosing | null>(null);
  const trouble = useSignal<{ action: Action; words: string } | null>(null);
  const own = prefs.value.keys[SIDE] ?? {};
  const press = (event: KeyboardEvent): void => {
    const now = choosing.peek();
    if (!now || MODIFIERS.has(event.key) || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return void (choosing.value = null);
    if (event.getModifierState("AltGraph")) return void (trouble.value = { action: now.action, words: "AltGraph with a key types characters." });
    const step = chordOf(event);
    const chord = now.before ? `${now.before}>${step}` : step;
    if (!now.before && now.action !== "tab-n" && begins(step, isApple)) return void (choosing.value = { ...now, before: step });
    const words = troubleOf(chord, now.action, isApple);
    choosing.value = null;
    trouble.value = words === null ? null : { action: now.action, words };
    if (words === null) choose(now.action, chord);
  };
  useEffect(() => {
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, []);
  return (
    <DialogBody title="Change keys">
      <p tabIndex={-1} autofocus class="keys-first">Choose a key, then press the new one. Escape leaves it as it is. In a console, Ctrl with one key stays the program's.</p>
      <ul class="list">
        {ROWS.map(([action, what]) => (
          <li key={action}>
            <p>{what}{trouble.value?.action === action && <span class="error" role="alert"><br />{trouble.value.words}</span>}</p>
            {own[action] && <button type="button" aria-label={`Reset: ${what}`} onClick={() => choose(action, null)}>Reset</button>}
            <button type="button" aria-label={`${what}: ${keysOf(action, isApple) || "no key"}`} onClick={() => { trouble.value = null; choosing.value = { action, before: "" }; }}>
              <Face now={choosing.value} action={action} />
            </button>
          </li>
        ))}
      </ul>
      <div class="dialog-buttons">
        <button type="button" disabled={Object.keys(own).length === 0} onClick={() => keep({})}>Reset all</button>
        <button type="button" onClick={close}>Close</button>
      </div>
    </DialogBody>
  );
}

function Face({ now, action }: { now: Choosing | null; action: Action }) {
  if (now?.action !== action) return <kbd>{keysOf(action, isApple) || "—"}</kbd>;
  return <span role="status">{now.before ? `${wordsOf(now.before, isApple)}, then …` : "Press the key…"}</span>;
}

function choose(action: Action, chord: string | null): void {
  const { [action]: _, ...rest } = prefs.peek().keys[SIDE] ?? {};
  keep(chord === null ? rest : { ...rest, [action]: chordsFor(action, chord) });
}

/** At once on this page, and for the person. */
function keep(own: typeof chosen): void {
  for (const { 0: action } of ROWS) delete chosen[action];
  Object.assign(chosen, own);
  setPref("keys", (kept) => ({ ...kept, [SIDE]: own })); // another keyboard's may have changed meanwhile
}
