// An esbuild plugin: `xterm:unicode11` is the width table of @xterm/addon-unicode11 without the parts
// of xterm.js that the addon's own bundle repeats (11 KB packed become 3).

import { dirname, join } from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const table = join(dirname(require.resolve("@xterm/addon-unicode11/package.json")), "src/UnicodeV11.ts");

// How xterm.js packs a character's width and whether it joins the one before (UnicodeService.ts of the
// same release, which is pinned; a test compares with the addon).
const service = `export const UnicodeService = {
  extractWidth: (value) => (value >> 1) & 3,
  createPropertyValue: (state, width, joins = false) => ((state & 0xffffff) << 3) | ((width & 3) << 1) | (joins ? 1 : 0),
};`;

export const unicode = {
  name: "unicode",
  setup(build) {
    build.onResolve({ filter: /^xterm:unicode11$/ }, () => ({ path: table }));
    build.onResolve({ filter: /^common\/services\/UnicodeService$/ }, ({ path }) => ({ path, namespace: "unicode" }));
    build.onLoad({ filter: /.*/, namespace: "unicode" }, () => ({ contents: service, loader: "js" }));
  },
};
