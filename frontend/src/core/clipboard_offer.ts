/** What a program asks to put onto the clipboard (OSC 52). It may ask; a person decides. */

export const MAX_OFFER_BYTES = 256 * 1024;
const PREVIEW_CHARS = 40;

export type Offer = { readonly text: string } | { readonly refused: string };

/** Read `Pc ; Pd`. Null when there is nothing to offer: a question (never answered), an emptied
 * clipboard, or what is no text. */
export function offerOf(osc: string): Offer | null {
  const packed = osc.slice(osc.indexOf(";") + 1);
  if (!osc.includes(";") || packed === "" || packed === "?") return null;
  const bytes = Math.floor(packed.length / 4) * 3;
  if (bytes > MAX_OFFER_BYTES + 3) return { refused: `A program offered ${Math.ceil(bytes / 1024)} KiB to copy; at most ${MAX_OFFER_BYTES / 1024} are taken.` };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(packed), (char) => char.charCodeAt(0)));
    return text === "" ? null : { text };
  } catch {
    return null;
  }
}

/** One short line of it, so that nobody pastes what they did not see; whatever hides or turns text is
 * shown as a sign. */
export function previewOf(text: string): string {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const first = (lines[0] ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
  const chars = [...first];
  const short = chars.length > PREVIEW_CHARS ? `${chars.slice(0, PREVIEW_CHARS).join("")}…` : first;
  return lines.length > 1 ? `“${short}” and ${lines.length - 1} more ${lines.length === 2 ? "line" : "lines"}` : `“${short}”`;
}
