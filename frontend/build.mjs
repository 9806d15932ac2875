// Builds the front end into ide/static/dist: hashed names, manifest.json, .gz and .br beside each file.
//
// manifest.json: {"entries": {"main": {"file": "main-….js", "preload": ["chunk-….js", …]},
//                             "app": {"file": "app-….css", "preload": []}, …},
//                 "colours": {"light": {"panel": "#…"}, "dark": {"panel": "#…"}}}
// `preload` lists what a script imports at once; lazy chunks are not in it. `colours` is what the browser's own
// bars around the page are painted with, out of the file of tokens.

import { build, context } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { lateStyles } from "./late_styles.mjs";
import { lucide } from "./lucide.mjs";
import { shortNames } from "./short_names.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../ide/static/dist");
const watch = process.argv.includes("--watch");

const options = {
  absWorkingDir: here,
  entryPoints: {
    main: "src/main.ts",
    app: "src/styles/app.css",
    "gate-page": "src/styles/gate.css",
    worker: "src/worker/worker.ts",
    offline: "src/offline/offline.ts",
    diagnostics: "src/diagnostics/diagnostics.ts",
    "diagnostics-page": "src/styles/diagnostics.css",
    icon: "icons/icon.svg",
    "icon-192": "icons/icon-192.png",
    "icon-512": "icons/icon-512.png",
    "icon-maskable": "icons/icon-maskable.png",
    "icon-apple": "icons/icon-apple.png",
  },
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  metafile: true,
  legalComments: "none",
  loader: { ".svg": "copy", ".png": "copy" },
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [lucide, shortNames, lateStyles, { name: "manifest", setup: (b) => b.onEnd(finish) }],
  logLevel: "warning",
};

/** Write the manifest and the compressed copies, drop what an earlier build left. */
async function finish(result) {
  if (result.errors.length > 0) return;
  const outputs = result.metafile.outputs;
  const entries = {};
  for (const [path, { entryPoint, imports }] of Object.entries(outputs)) {
    if (!entryPoint) continue;
    const name = Object.entries(options.entryPoints).find(([, source]) => source === entryPoint)?.[0];
    if (name) entries[name] = { file: basename(path), preload: eager(outputs, imports) };
  }
  const kept = new Set(["manifest.json"]);
  for (const path of Object.keys(outputs)) {
    for (const suffix of ["", ".gz", ".br"]) kept.add(basename(path) + suffix);
  }
  for (const name of await readdir(out)) if (!kept.has(name)) await rm(join(out, name));
  if (!watch) await Promise.all(Object.keys(outputs).filter((path) => !path.endsWith(".png")).map(compress));
  const told = { entries, colours: await colours() };
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(told, null, 2)}\n`);
}

async function colours() {
  const css = await readFile(join(here, "src/styles/tokens.css"), "utf8");
  const panel = (selector) => /--panel: (#[0-9a-f]{6});/.exec(css.slice(css.indexOf(selector)))[1];
  return { light: { panel: panel(":root {") }, dark: { panel: panel(':root[data-theme="dark"]') } };
}

function eager(outputs, imports, seen = new Set()) {
  for (const { path, kind } of imports) {
    if (kind !== "import-statement" || seen.has(basename(path))) continue;
    seen.add(basename(path));
    eager(outputs, outputs[path].imports, seen);
  }
  return [...seen];
}

async function compress(path) {
  const name = join(out, basename(path));
  const bytes = await readFile(name);
  await writeFile(`${name}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${name}.br`, await promisify(brotliCompress)(bytes, { params: quality }));
}

await mkdir(out, { recursive: true });
if (watch) await (await context(options)).watch();
else await build(options).catch(() => process.exit(1)); // esbuild has said what is wrong
