/** Refs: a path below the home folder as percent-encoded bytes, without a leading slash; "" is home.
 *
 * Names are bytes on disk and need not be UTF-8, so a ref is never decoded to go to the server and
 * never normalised; only what a person reads is decoded, and that is shown, never sent. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");

/** The ref of the folder that holds `ref`; "" for what lies in the home folder. */
export function parentOf(ref: string): string {
  const slash = ref.lastIndexOf("/");
  return slash < 0 ? "" : ref.slice(0, slash);
}

/** The last segment, still encoded. */
export function baseOf(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** The ref of the entry that a person calls `name` in the folder `parent`. */
export function join(parent: string, name: string): string {
  const segment = encodeName(name);
  return parent ? `${parent}/${segment}` : segment;
}

/** A name as typed, as percent-encoded UTF-8. RFC 3986's unreserved characters stay as they are. */
export function encodeName(name: string): string {
  const bytes = encoder.encode(name);
  let out = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

/** What a person reads for one encoded segment: bytes that are not UTF-8 become U+FFFD, control
 * characters their pictures (newline is ␊), so that a name cannot break a row or hide. */
export function nameOf(ref: string): string {
  const segment = baseOf(ref);
  if (/^[\w.~-]*$/.test(segment)) return segment; // nearly every name, and a folder may hold thousands
  const bytes: number[] = [];
  for (let at = 0; at < segment.length; at += 1) {
    const hex = segment[at] === "%" ? Number.parseInt(segment.slice(at + 1, at + 3), 16) : Number.NaN;
    if (Number.isNaN(hex)) bytes.push(...encoder.encode(segment[at]));
    else {
      bytes.push(hex);
      at += 2;
    }
  }
  return visible(decoder.decode(new Uint8Array(bytes)));
}

/** Control, bidirectional and line-breaking characters as visible pictures. */
export function visible(text: string): string {
  return text
    .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");
}

/** Whether `ref` is `folder` itself or lies somewhere below it. */
export function isWithin(ref: string, folder: string): boolean {
  return folder === "" || ref === folder || ref.startsWith(`${folder}/`);
}

/** `ref` after `from` was moved to `to`; unchanged when it was not inside. */
export function moved(ref: string, from: string, to: string): string {
  return isWithin(ref, from) ? to + ref.slice(from.length) : ref;
}

/** The lower-case extension without its dot, "" when there is none. */
export function extensionOf(ref: string): string {
  const name = baseOf(ref);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

/** Whether Run knows what to do with it. */
export function isRunnable(ref: string): boolean {
  return ["py", "sh"].includes(extensionOf(ref));
}
