/** What the server calls a version of a text. */

import { sha256 } from "./sha256";

const encoder = new TextEncoder();

/** The etag that a text has once it is on the disk: the first half of its hash, as docs/protocol.md says. */
export function etagOf(text: string): string {
  return sha256(encoder.encode(text)).slice(0, 32);
}
