/** What stands between a text and the disk, with the choices there are. */

import { nameOf } from "../core/refs";
import { sayError } from "../shell/notices";
import type { Buffer } from "./buffer";
import { closeFile } from "./buffers";

const run = (act: () => Promise<unknown>) => (): void => void act().catch(sayError);

export function Banner({ buffer }: { buffer: Buffer }) {
  const { trouble } = buffer.saving.value;
  const name = nameOf(buffer.ref);
  if (buffer.comparing.value !== null) return <Comparing buffer={buffer} />;
  if (!trouble) return null;
  if (trouble.kind === "offline") {
    return buffer.dirty.value ? <div class="banner warn" role="status">{name} is not saved yet: the server does not answer. Your text is kept; it is saved when the connection is back.</div> : null;
  }
  if (trouble.kind !== "conflict") {
    return (
      <div class="banner bad" role="alert">
        <p>{name} is not saved. {trouble.message} Your text is kept here.</p>
        <button type="button" onClick={run(() => buffer.save())}>Try again</button>
      </div>
    );
  }
  if (trouble.theirs === null) {
    return (
      <div class="banner warn" role="alert">
        <p>{name} was moved or deleted elsewhere. Your text is still here.</p>
        <button type="button" class="primary" onClick={run(() => buffer.keepMine())}>Save it again</button>
        <button type="button" onClick={() => closeFile(buffer.ref)}>Close it</button>
      </div>
    );
  }
  return (
    <div class="banner warn" role="alert">
      <p>{name} was changed elsewhere while you edited it. Nothing is lost: the version you do not take is kept as a draft.</p>
      <button type="button" onClick={run(() => buffer.keepMine())}>Keep mine</button>
      <button type="button" onClick={run(() => buffer.takeTheirs())}>Take theirs</button>
      <button type="button" onClick={run(() => buffer.startComparing())}>Compare</button>
    </div>
  );
}

function Comparing({ buffer }: { buffer: Buffer }) {
  return (
    <div class="banner" role="status">
      <p>Green is yours, red is theirs. Choose at each place, then save.</p>
      <button type="button" class="primary" onClick={run(() => buffer.keepMine())}>Save this</button>
      <button type="button" onClick={() => buffer.stopComparing()}>Back</button>
    </div>
  );
}
