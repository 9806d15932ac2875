/** Dialogs and menus. Both are native modal dialogs, so focus is trapped and given back by the browser;
 * in a narrow room the style sheet turns them into bottom sheets. */

import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { MenuBodyProps, MenuEntry } from "./menu";
import { here, later, type Parts } from "./on_demand";

interface Overlay {
  readonly id: number;
  readonly label: string;
  /** Where a menu belongs to; null for a dialog. */
  readonly anchor: DOMRect | null;
  /** False for what must be answered, such as sign-in. */
  readonly dismissable: boolean;
  /** For tables. */
  readonly wide?: boolean;
  render(close: () => void): VNode;
  closed(): void;
}

const overlays = signal<readonly Overlay[]>([]);
let lastId = 0;

function push(overlay: Omit<Overlay, "id">): number {
  lastId += 1;
  overlays.value = [...overlays.value, { ...overlay, id: lastId }];
  return lastId;
}

function remove(id: number): void {
  const overlay = overlays.value.find((other) => other.id === id);
  if (!overlay) return;
  overlays.value = overlays.value.filter((other) => other.id !== id);
  overlay.closed();
}

/** Open a dialog of our own making. Resolves when it is closed, with what `close` was given. */
export function openDialog<T>(
  label: string,
  render: (close: (value: T | null) => void) => VNode,
  { dismissable = true, wide = false }: { dismissable?: boolean; wide?: boolean } = {},
): Promise<T | null> {
  return new Promise((resolve) => {
    let result: T | null = null;
    push({
      label, dismissable, wide, anchor: null,
      render: (close) => render((value) => { result = value; close(); }),
      closed: () => resolve(result),
    });
  });
}

/** Open a menu at `anchor` (a bottom sheet in a narrow room). A body of its `Own` may follow what changes while it is open. */
export function openMenu(anchor: Element, label: string, entries: readonly MenuEntry[], Own?: (props: MenuBodyProps) => VNode): void {
  const from = anchor.getBoundingClientRect();
  const open = ({ MenuBody }: Parts): void => {
    const Body = Own ?? MenuBody;
    push({
      label, dismissable: true, anchor: from,
      render: (close) => <Body label={label} entries={entries} close={close} />,
      closed: () => undefined,
    });
  };
  const parts = here.peek();
  if (parts) open(parts); // at once: a menu that another one opens keeps the keys
  else later(open);
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly look?: "primary" | "danger";
}

/** Ask for one of `choices`; null when the person turned away. The first is focused. */
export function ask<T extends string>(title: string, text: string, choices: readonly Choice<T>[]): Promise<T | null> {
  return openDialog<T>(title, (close) => (
    <DialogBody title={title}>
      <p>{text}</p>
      <div class="dialog-buttons">
        {choices.map(({ value, label, look = "" }) => (
          <button key={value} type="button" class={look} onClick={() => close(value)}>{label}</button>
        ))}
      </div>
    </DialogBody>
  ));
}

export function DialogBody({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="dialog-body">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Overlays() {
  return <>{overlays.value.map((overlay) => <Shown key={overlay.id} overlay={overlay} />)}</>;
}

function Shown({ overlay }: { overlay: Overlay }) {
  const element = useRef<HTMLDialogElement>(null);
  const close = (): void => remove(overlay.id);
  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog) return undefined;
    dialog.showModal();
    if (overlay.anchor) place(dialog, overlay.anchor);
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={element}
      class={overlay.anchor ? "menu" : overlay.wide ? "dialog wide" : "dialog"}
      aria-label={overlay.label}
      onCancel={(event) => { event.preventDefault(); if (overlay.dismissable) close(); }}
      // A browser heeds no page at the third Escape in a row.
      onClose={() => (overlay.dismissable ? close() : element.current?.showModal())}
      onPointerDown={(event) => {
        if (event.target !== element.current || !overlay.dismissable) return;
        event.preventDefault(); // the press is spent: the focus goes back to where it was
        close();
      }}
    >
      {overlay.render(close)}
    </dialog>
  );
}

/** Below the anchor, above it where there is no room, inside the screen either way. */
function place(dialog: HTMLElement, anchor: DOMRect): void {
  const { width, height } = dialog.getBoundingClientRect();
  const margin = 8;
  const left = anchor.left + width > innerWidth - margin ? anchor.right - width : anchor.left;
  const below = anchor.bottom + height <= innerHeight - margin;
  const top = below ? anchor.bottom + 2 : anchor.top - height - 2;
  dialog.style.setProperty("--left", `${Math.max(margin, left)}px`);
  dialog.style.setProperty("--top", `${Math.max(margin, Math.min(top, innerHeight - height - margin))}px`);
}
