import assert from "node:assert/strict";
import { test } from "node:test";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { UnicodeV11 } from "xterm:unicode11";
import type { IUnicodeVersionProvider, Terminal } from "@xterm/xterm";

/** The provider that the addon's own bundle registers. */
function bundled(): IUnicodeVersionProvider {
  const found: IUnicodeVersionProvider[] = [];
  const register = (provider: IUnicodeVersionProvider): void => void found.push(provider);
  new Unicode11Addon().activate({ unicode: { register } } as unknown as Terminal);
  return found[0] ?? assert.fail("the addon registered nothing");
}

test("every character is as wide, and joins, as in the addon", () => {
  const [theirs, ours] = [bundled(), new UnicodeV11()];
  for (let codepoint = 0; codepoint <= 0x10ffff; codepoint++) {
    if (ours.wcwidth(codepoint) !== theirs.wcwidth(codepoint)) assert.fail(`width of ${codepoint.toString(16)}`);
    for (const preceding of [0, 2, 4, 5]) {
      const same = ours.charProperties(codepoint, preceding) === theirs.charProperties(codepoint, preceding);
      if (!same) assert.fail(`properties of ${codepoint.toString(16)} after ${preceding}`);
    }
  }
});
