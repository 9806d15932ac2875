// An esbuild plugin: a style sheet that a script imports `with { type: "text" }` is its text, made small. For parts of the page
// that come late: what app.css imports is waited for before the first prompt.

import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

export const lateStyles = {
  name: "late-styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path, with: { type } }) => {
      if (type !== "text") return undefined;
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", target: "es2022", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
