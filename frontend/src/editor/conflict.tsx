/** A text that the disk does not take, and what the person can do: of two versions, the disk's and ours, the one not taken is
 * kept as a draft. Loaded with the first such trouble. */

import "../later"; // with it, what all of them share is one chunk
import { ApiError } from "../api";
import { nameOf } from "../core/refs";
import { loserRef } from "../core/saving";
import { readContent, writeContent, writeDraft } from "../files/content";
import { say, sayError } from "../shell/notices";
import { prefs } from "../shell/prefs";
import type { Buffer } from "./buffer";
import { closeFile } from "./buffers";

export function Choices({ buffer }: { buffer: Buffer }) {
  const { name } = buffer;
  const { trouble } = buffer.saving.value;
  const decide = (how: (buffer: Buffer) => Promise<unknown>) => (): void => void how(buffer).catch(sayError);
  if (buffer.comparing.value !== null) return <Comparing buffer={buffer} />;
  if (!trouble || trouble.kind === "offline") return null;
  if (trouble.kind !== "conflict") {
    return (
      <div class="banner bad" role="alert">
        <p>{name} is not saved. {trouble.message} Your text is kept here{trouble.kind === "full" && prefs.value.autosave && "; it is saved by itself once there is space"}.</p>
        <button type="button" onClick={() => void buffer.save().catch(sayError)}>Try again</button>
      </div>
    );
  }
  if (trouble.theirs === null) {
    return (
      <div class="banner warn" role="alert">
        <p>{name} was moved or deleted elsewhere. Your text is still here.</p>
        <button type="button" class="primary" onClick={decide(keepMine)}>Save it again</button>
        <button type="button" onClick={() => closeFile(buffer.ref)}>Close it</button>
      </div>
    );
  }
  return (
    <div class="banner warn" role="alert">
      <p>{name} was changed elsewhere while you edited it. Nothing is lost: the version you do not take is kept as a draft.</p>
      <button type="button" onClick={decide(keepMine)}>Keep mine</button>
      <button type="button" onClick={decide(takeTheirs)}>Take theirs</button>
      <button type="button" onClick={decide(startComparing)}>Compare</button>
    </div>
  );
}

function Comparing({ buffer }: { buffer: Buffer }) {
  return (
    <div class="banner" role="status">
      <p>Green is yours, red is theirs. Choose at each place, then save.</p>
      <button type="button" class="primary" onClick={() => void keepMine(buffer).catch(sayError)}>Save this</button>
      <button type="button" onClick={() => { buffer.comparing.value = null; }}>Back</button>
    </div>
  );
}

/** Decide for our text. Throws ApiError. */
async function keepMine(buffer: Buffer): Promise<void> {
  const content = await readContent(buffer.ref);
  if (content?.kind === "text") await keepLoser(buffer, "theirs", content.text);
  buffer.apply({ type: "insisted", etag: content?.etag ?? null });
  buffer.comparing.value = null;
  await buffer.save();
}

/** Decide for the disk. Throws ApiError. */
async function takeTheirs(buffer: Buffer): Promise<void> {
  const content = await readContent(buffer.ref);
  if (content?.kind !== "text") throw new ApiError(404, "not_found", `${buffer.name} is not on the disk as text. Keep yours instead.`);
  const { text } = buffer;
  await keepLoser(buffer, "mine", text);
  if (buffer.text !== text) return takeTheirs(buffer); // somebody types on: that is kept too
  buffer.show(content.text, content.etag);
  await buffer.forgetKept();
}

/** Show both versions in the text. Throws ApiError. */
async function startComparing(buffer: Buffer): Promise<void> {
  const content = await readContent(buffer.ref);
  if (content?.kind !== "text") throw new ApiError(404, "not_found", `${buffer.name} is not on the disk as text, so there is nothing to compare.`);
  buffer.apply({ type: "seen", etag: content.etag });
  buffer.comparing.value = content.text;
}

/** As a draft; as a file where that is refused, because the text is too long or drafts are too many. */
async function keepLoser(buffer: Buffer, whose: "mine" | "theirs", text: string): Promise<void> {
  const ref = loserRef(buffer.ref, whose, new Date());
  const kept = await writeDraft(ref, text, null).then(
    () => "draft",
    async (error: unknown) => {
      if (!(error instanceof ApiError) || (error.status !== 413 && error.status !== 429)) throw error;
      await writeContent(ref, text, null);
      return "file";
    },
  );
  say(`The other version is kept as the ${kept} ${nameOf(ref)}.`, "info", { label: "Show it", run: () => buffer.openRef(ref) });
}
