/** Copying what has to be fetched first. */

import { mayCopy } from "./clipboard";

/** Copy a text that comes in a moment, inside the gesture that asks for it now: where it may, the browser waits for it. Returns
 * whether it was copied; nothing is not. Throws what `text` ends in. */
export async function copyPromised(text: Promise<string>): Promise<boolean> {
  const blob = text.then((all) => {
    if (all === "") throw new Error("nothing to copy");
    return new Blob([all], { type: "text/plain" });
  });
  blob.catch(() => undefined); // whoever waits for the text is told
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    const all = await text; // the browser wants the text itself, or says no
    return all !== "" && mayCopy(all);
  }
}
