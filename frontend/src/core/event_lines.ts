/** What arrives when somebody types, as lines to read and to report: of the key tester and of the diagnostics page. Knows no document. */

/** Of a KeyboardEvent. */
export interface KeyTold {
  readonly type: string;
  readonly key: string;
  readonly code: string;
  readonly keyCode: number;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  getModifierState(name: string): boolean;
}

/** Of an InputEvent. */
export interface TextTold {
  readonly type: string;
  readonly inputType: string;
  readonly data: string | null;
  readonly isComposing: boolean;
}

const HELD = ["Control", "Alt", "AltGraph", "Shift", "Meta", "CapsLock"];

export function keyLine(event: KeyTold): string {
  const { type, key, code, keyCode, repeat, isComposing } = event;
  const held = HELD.filter((name) => event.getModifierState(name));
  return words(type, `key ${JSON.stringify(key)}`, `code ${code || "none"}`, `keyCode ${keyCode}`, ...held, repeat && "repeat", isComposing && "composing");
}

/** Some browsers give no `inputType` at all. */
export function textLine({ type, inputType, data, isComposing }: TextTold): string {
  return words(type, inputType || "?", JSON.stringify(data ?? null), isComposing && "composing");
}

export function compositionLine({ type, data }: { readonly type: string; readonly data: string }): string {
  return words(type, JSON.stringify(data));
}

const words = (...all: (string | false)[]): string => all.filter(Boolean).join(" ");
