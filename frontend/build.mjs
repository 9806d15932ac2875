// Builds the front end into ide/static/dist: hashed names, manifest.json, .gz and .br beside each file.
//
// manifest.json: {"entries": {"main": {"file": "main-….js", "preload": ["chunk-….js", …]},
//                             "app": {"file": "app-….css", "preload": []}, …}}
// `preload` lists what a script imports at once; lazy chunks are not in it.

import { build, context } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { lucide } from "./lucide.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../ide/static/dist");
const watch = process.argv.includes("--watch");

const options = {
  absWorkingDir: here,
  entryPoints: {
    main: "src/main.ts",
    app: "src/styles/app.css",
    "gate-page": "src/styles/gate.css",
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
  loader: { ".svg": "file", ".png": "file" },
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [lucide, { name: "manifest", setup: (b) => b.onEnd(finish) }],
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
  if (!watch) await Promise.all(Object.keys(outputs).map(compress));
  await writeFile(join(out, "manifest.json"), `${JSON.stringify({ entries }, null, 2)}\n`);
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
