// An esbuild plugin: `lucide:NAME` is the inner SVG of that icon.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const file = createRequire(import.meta.url).resolve("@iconify-json/lucide/icons.json");
const { icons } = JSON.parse(readFileSync(file, "utf8"));

export const lucide = {
  name: "lucide",
  setup(build) {
    build.onResolve({ filter: /^lucide:/ }, ({ path }) => ({ path: path.slice(7), namespace: "lucide" }));
    build.onLoad({ filter: /.*/, namespace: "lucide" }, ({ path }) => {
      const icon = icons[path];
      if (!icon) return { errors: [{ text: `Lucide has no icon "${path}"` }] };
      return { contents: icon.body, loader: "text" };
    });
  },
};
