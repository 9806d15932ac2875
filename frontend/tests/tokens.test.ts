import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { DARK, LIGHT } from "../src/console/colours";


/** npm test runs in frontend/. */
const SOURCES = join(process.cwd(), "src");
const css = readFileSync(join(SOURCES, "styles/tokens.css"), "utf8");

/** The custom properties of the block that begins with `selector`. */
function block(selector: string): Record<string, string> {
  const start = css.indexOf(selector);
  assert.ok(start >= 0, selector);
  const body = css.slice(css.indexOf("{", start) + 1, css.indexOf("}", start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]+)/g)].map(([, name, value]) => [name, value]));
}

const light = block(":root {");
const dark = block(':root[data-theme="dark"]');

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("the dark theme is the same whether chosen or the system's, and names every colour", () => {
  assert.deepEqual(block(':root:not([data-theme="light"])'), dark);
  assert.deepEqual(Object.keys(dark).sort(), Object.keys(light).sort());
});

for (const [name, theme] of Object.entries({ light, dark })) {
  const worst = (colour: string, grounds: string[]): number =>
    Math.min(...grounds.map((ground) => contrast(theme[colour] ?? "", theme[ground] ?? "")));

  test(`contrasts of the ${name} theme`, () => {
    const surfaces = ["bg", "panel", "hover"];
    for (const [colour, least] of Object.entries({ text: 11, dim: 5.4, control: 3.1, accent: 5.6, alive: 5.1, warn: 5.1, bad: 5.1 })) {
      assert.ok(worst(colour, surfaces) >= least, `${colour}: ${worst(colour, surfaces)}`);
    }
    for (const colour of ["keyword", "string", "number", "comment", "function", "type", "text"]) {
      assert.ok(worst(colour, ["bg", "selection"]) >= 4.5, `${colour}: ${worst(colour, ["bg", "selection"])}`);
    }
    assert.ok(worst("on-accent", ["accent"]) >= 4.5);
    const hues = (name === "light" ? LIGHT : DARK).slice(1, 7); // black and white are lifted off the ground by the terminal
    for (const colour of hues) assert.ok(worst(colour, ["bg"]) >= 4.5, `ANSI ${colour}: ${worst(colour, ["bg"])}`);
  });
}

test("no other file names a colour", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.(css|tsx?)$/.test(file));
  assert.ok(files.length > 40);
  for (const file of files) {
    if (file === join("styles", "tokens.css")) continue;
    const text = readFileSync(join(SOURCES, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    assert.equal(/(?<![\w&])#[0-9a-f]{3,8}\b(?!-)|\brgba?\(\s*\d|\bhsla?\(/i.exec(text)?.[0], undefined, `${file} (${dirname(file)})`);
  }
});
