/** What stands between a text and the disk. What a person can do about it comes with the first such trouble: then the server
 * answers. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { sayError } from "../shell/notices";
import type { Buffer } from "./buffer";

const choices = signal<ComponentType<{ buffer: Buffer }> | null>(null);

export function Banner({ buffer }: { buffer: Buffer }) {
  const { trouble } = buffer.saving.value;
  if (buffer.comparing.value === null && (!trouble || trouble.kind === "offline")) return trouble && buffer.dirty.value ? <Offline name={buffer.name} /> : null;
  const Choices = choices.value;
  if (!Choices) import("./conflict").then((parts) => { choices.value = parts.Choices; }, sayError);
  return Choices && <Choices buffer={buffer} />;
}

function Offline({ name }: { name: string }) {
  return <div class="banner warn" role="status">{name} is not saved yet: the server does not answer. Your text is kept; it is saved when the connection is back.</div>;
}
