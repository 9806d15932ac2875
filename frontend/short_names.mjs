// An esbuild plugin: gives xterm's private members short names. Its bundle comes with them in full
// (`_optionsService`, thousands of times), and nothing outside reads them.

import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** What TypeScript calls private there. Property names in strings stay: no decorator of the pinned version names one. */
const PRIVATE = /^_[a-z]/;

export const shortNames = {
  name: "short-names",
  setup(build) {
    build.onLoad({ filter: /@xterm[\\/][a-z-]+[\\/]lib[\\/][a-z-]+\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const quoted = /["'`]_[a-z]\w*["'`]/.exec(source);
      if (quoted) return { errors: [{ text: `${path} reads ${quoted[0]} by its name: it cannot be shortened` }] };
      const { code } = await transform(source, { format: "esm", target: "es2022", mangleProps: PRIVATE });
      return { contents: code, loader: "js" };
    });
  },
};
