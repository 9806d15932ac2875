/** Puts the keys of a row in another order: pick a key, then the key whose place it takes. No dragging. */

import "../later";
import "./styled";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { withMoved } from "../core/key_order";
import { DialogBody, openDialog } from "../shell/overlays";
import { prefs, setPref } from "../shell/prefs";
import { screenClass } from "../shell/screen";
import type { Key } from "./key";
import { Face, isWord } from "./key_button";
import { orderedKeys, type Place, PLACES, rowOf, setOrder } from "./rows";

export function openArrange(place: Place): void {
  void openDialog<null>("Key row", (close) => <Arrange first={place} close={() => close(null)} />, { wide: true });
}

const PLACE_NAMES: Readonly<Partial<Record<Place, string>>> = { console: "Console", editor: "Editor" };

/** What is being arranged, and what can be done to it. */
function useArranging(first: Place) {
  const place = useSignal<Place>(first);
  const picked = useSignal<string | null>(null);
  const said = useSignal("");
  const row = rowOf(place.value, screenClass.value === "narrow");
  const keys = orderedKeys(row);
  const names = keys.map(({ name }) => name);
  const at = picked.value === null ? -1 : names.indexOf(picked.value);
  const pick = (name: string | null, saying: string): void => {
    picked.value = name;
    said.value = saying;
  };
  const move = (name: string, to: number): void => {
    setOrder(row, withMoved(names, name, to));
    said.value = `${name} is key ${to + 1} of ${keys.length}${to < row.first ? "." : ", behind ⋯."}`;
  };
  return {
    place, picked, said, row, keys, at,
    turn: (to: Place): void => { place.value = to; pick(null, ""); },
    press: (name: string): void => {
      const other = picked.peek();
      pick(other === null ? name : null, other === null ? `${name}: to which place?` : "");
      if (other !== null && other !== name) move(other, names.indexOf(name));
    },
    step: (by: number): void => {
      const name = names[at];
      if (name !== undefined && at + by >= 0 && at + by < keys.length) move(name, at + by);
    },
    reset: (): void => {
      setOrder(row, null);
      pick(null, "The keys are in their own order again.");
    },
  };
}

function Arrange({ first, close }: { first: Place; close(): void }) {
  const { place, picked, said, row, keys, at, turn, press, step, reset } = useArranging(first);
  const { programKeys, keyOrder } = prefs.value;
  const arranged = keyOrder[row.name] !== undefined;
  return (
    <DialogBody title="Key row">
      <p class="dim">Press a key, then the one whose place it takes. Narrow screens have an order of their own.</p>
      <div class="key-places" role="group" aria-label="Keys of">
        {PLACES.map((one) => (
          <button key={one} type="button" aria-pressed={one === place.value} onClick={() => turn(one)}>{PLACE_NAMES[one] ?? one}</button>
        ))}
      </div>
      <Keys keys={keys} first={row.first} picked={picked.value} press={press} />
      <p class="dim" role="status">{said.value || "\u00a0"}</p>
      <div class="dialog-buttons">
        <button type="button" aria-disabled={at < 1} onClick={() => step(-1)}>← Earlier</button>
        <button type="button" aria-disabled={at < 0 || at === keys.length - 1} onClick={() => step(1)}>Later →</button>
        <button type="button" aria-disabled={!arranged} onClick={() => arranged && reset()}>Reset</button>
        <span class="compose-rest" />
        <button type="button" role="switch" aria-checked={programKeys} onClick={() => setPref("programKeys", () => !programKeys)}>Program keys: {programKeys ? "on" : "off"}</button>
        <button type="button" class="primary" onClick={close}>Done</button>
      </div>
    </DialogBody>
  );
}

interface KeysProps {
  keys: readonly Key[];
  /** So many stand before ⋯. */
  first: number;
  picked: string | null;
  press(name: string): void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** All keys of a row; the arrows of a keyboard go through them, Tab past them. */
function Keys({ keys, first, picked, press }: KeysProps) {
  const list = useRef<HTMLDivElement>(null);
  const focused = useSignal("");
  const buttons = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
  const focus = (name: string | undefined): void => buttons().find((button) => button.ariaLabel === name)?.focus();
  // The one that was moved keeps the focus, which an element loses that changes its place on the page.
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (active === document.body || active?.nodeName === "DIALOG" || list.current?.contains(active)) focus(focused.peek());
  });
  const reachable = keys.some(({ name }) => name === focused.value) ? focused.value : keys[0]?.name;
  const walk = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    focus(keys[keys.findIndex(({ name }) => name === focused.peek()) + step]?.name);
  };
  const shown = (some: readonly Key[]) => some.map((key) => (
    <button
      key={key.name} type="button" aria-label={key.name} aria-pressed={key.name === picked} tabIndex={key.name === reachable ? 0 : -1} class={isWord(key) ? "word" : ""}
      onFocus={() => { focused.value = key.name; }} onClick={() => { focused.value = picked ?? key.name; press(key.name); }}
    >
      <Face of={key} />
    </button>
  ));
  return (
    <div ref={list} class="key-order" role="group" aria-label="Keys" onKeyDown={walk}>
      {shown(keys.slice(0, first))}
      {first < keys.length && <p key="behind ⋯">Behind ⋯</p>}
      {shown(keys.slice(first))}
    </div>
  );
}
