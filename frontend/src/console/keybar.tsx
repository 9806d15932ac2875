/** The extra keys of a terminal for keyboards that have none: shown while fingers are in use. */

import { computed } from "@preact/signals";
import clipboardPaste from "lucide:clipboard-paste";
import keyboard from "lucide:keyboard";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { encodeKey } from "../core/keys";
import { Icon } from "../shell/icon";
import { single } from "../shell/screen";
import { activeTerminal, keepFocus, lastInput } from "./active";
import { pasteFromKey } from "./clipboard";
import { KeyScroller } from "./key_scroller";
import { heldState, type Sticky, take, tap } from "./modifiers";
import { keyModes } from "./terminal";
import { keyboardUp } from "./viewport";

const REPEAT_AFTER_MS = 400;
const REPEAT_EVERY_MS = 50;

interface Key {
  /** As in KeyboardEvent.key. */
  readonly value: string;
  readonly label: string;
  readonly name?: string;
  readonly repeats?: boolean;
}

const KEYS: readonly (Key | Sticky)[] = [
  { value: "Escape", label: "Esc" },
  { value: "Tab", label: "Tab" },
  "ctrl",
  "alt",
  { value: "ArrowLeft", label: "←", name: "Left", repeats: true },
  { value: "ArrowDown", label: "↓", name: "Down", repeats: true },
  { value: "ArrowUp", label: "↑", name: "Up", repeats: true },
  { value: "ArrowRight", label: "→", name: "Right", repeats: true },
  { value: "|", label: "|", name: "Pipe" },
  { value: "/", label: "/", name: "Slash" },
  { value: "-", label: "-", name: "Minus" },
  { value: "~", label: "~", name: "Tilde" },
];

/** A phone shows seven at a time: the arrows are worth more there than Alt, which leads the rest. */
const FIRST_ON_A_PHONE = 7;
const withoutAlt = KEYS.filter((key) => key !== "alt");
const PHONE_KEYS = [...withoutAlt.slice(0, FIRST_ON_A_PHONE), "alt" as const, ...withoutAlt.slice(FIRST_ON_A_PHONE)];

const shown = computed(() => activeTerminal.value !== null && (keyboardUp.value || lastInput.value === "touch"));

export function KeyBar() {
  if (!shown.value) return null;
  return (
    <div class="key-bar" role="toolbar" aria-label="Extra keys">
      <KeyScroller turner={(label, icon, onPress) => <BarButton label={label} plain onPress={onPress}>{icon}</BarButton>}>
        {(single.value ? PHONE_KEYS : KEYS).map((key) =>
          typeof key === "string" ? <StickyButton key={key} name={key} /> : <KeyButton key={key.value} {...key} />,
        )}
        <BarButton label="Paste" onPress={() => void paste()}><Icon body={clipboardPaste} /></BarButton>
        <BarButton label={keyboardUp.value ? "Hide keyboard" : "Show keyboard"} onPress={toggleKeyboard}><Icon body={keyboard} /></BarButton>
      </KeyScroller>
    </div>
  );
}

function KeyButton({ value, label, name, repeats }: Key) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = (): void => clearTimeout(timer.current);
  useEffect(() => stop, []);
  const repeat = (delay: number): void => {
    timer.current = setTimeout(() => {
      press(value);
      repeat(REPEAT_EVERY_MS);
    }, delay);
  };
  const down = (): void => {
    press(value);
    repeat(REPEAT_AFTER_MS);
  };
  return (
    <BarButton label={name ?? label} onPress={() => press(value)} hold={repeats ? { down, up: stop } : undefined}>
      {label}
    </BarButton>
  );
}

function StickyButton({ name }: { name: Sticky }) {
  const held = heldState(name);
  const label = name === "ctrl" ? "Ctrl" : "Alt";
  return (
    <BarButton label={label} pressed={held !== "off"} locked={held === "locked"} onPress={() => tap(name)}>
      {label}
    </BarButton>
  );
}

interface BarButtonProps {
  label: string;
  pressed?: boolean;
  locked?: boolean;
  /** Serves the row and types nothing. */
  plain?: boolean;
  onPress: () => void;
  /** For keys that repeat: they act when touched, not when let go. */
  hold?: { down: () => void; up: () => void } | undefined;
  children: ComponentChildren;
}

/** Never takes the focus, so the on-screen keyboard stays as it is. */
function BarButton({ label, pressed, locked, plain, onPress, hold, children }: BarButtonProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      aria-pressed={pressed}
      class={locked ? "locked" : plain ? "plain" : ""}
      onPointerDown={(event) => {
        keepFocus(event);
        hold?.down();
      }}
      onPointerUp={hold?.up}
      onPointerCancel={hold?.up}
      onPointerLeave={hold?.up}
      onMouseDown={keepFocus}
      onContextMenu={keepFocus}
      onClick={(event) => {
        // detail 0: pressed by a screen reader or script, without a pointer.
        if (!hold || event.detail === 0) onPress();
      }}
    >
      {children}
    </button>
  );
}

function press(key: string): void {
  const terminal = activeTerminal.value;
  if (terminal) terminal.type(encodeKey(key, take(), keyModes(terminal.term)));
}

async function paste(): Promise<void> {
  const terminal = activeTerminal.value;
  if (terminal) await pasteFromKey(terminal.term);
}

function toggleKeyboard(): void {
  const terminal = activeTerminal.value;
  if (!terminal) return;
  if (keyboardUp.value) terminal.term.blur();
  else terminal.focus();
}
