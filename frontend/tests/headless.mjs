// xterm.js as the page configures it, without a page: for tests/fidelity, which compare it with the
// keeper's screen engine. One JSON request a line on stdin, one JSON answer a line on stdout:
// {cols, rows, steps: [["write", base64] | ["resize", cols, rows], …]} is played on a fresh terminal,
// whose state is the answer. {widths: true} is answered with the cells of every code point as digits.

import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import headless from "@xterm/headless";
import { build } from "esbuild";

const SCROLLBACK_ROWS = 5000;

const bundle = await build({
  stdin: {
    contents: `export { EngineWidths } from "./widths"; export { swallowQueries } from "./queries";`,
    resolveDir: join(dirname(fileURLToPath(import.meta.url)), "../src/console"),
  },
  bundle: true,
  format: "esm",
  write: false,
});
const page = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString("base64")}`);

function terminal(cols, rows) {
  const term = new headless.Terminal({ cols, rows, scrollback: SCROLLBACK_ROWS, allowProposedApi: true });
  term.unicode.register(new page.EngineWidths());
  term.unicode.activeVersion = "engine";
  page.swallowQueries(term, () => {});
  return term;
}

const COLOUR_KINDS = [["isFgDefault", ""], ["isFgPalette", "p"], ["isFgRGB", "r"]];
const FLAGS = ["Bold", "Dim", "Italic", "Underline", "Blink", "Inverse", "Invisible", "Strikethrough", "Overline"];

/** A cell's look as a word, its link among it; of a blank cell only what can be seen. */
function look(cell, blank, links) {
  const colour = (which) => {
    const kind = COLOUR_KINDS.find(([ask]) => cell[ask.replace("Fg", which)]())[1];
    return kind && kind + cell[`get${which}Color`]();
  };
  const seen = blank ? ["Underline", "Inverse", "Strikethrough", "Overline"] : FLAGS;
  const flags = seen.filter((flag) => cell[`is${flag}`]()).join(" ");
  const front = blank && !flags ? "" : colour("Fg");
  const link = cell.hasExtendedAttrs() && cell.extended.urlId ? `@${links.getLinkData(cell.extended.urlId).uri}` : "";
  return `${front}/${colour("Bg")}/${flags}${link}`;
}

const textOf = (line) => line.translateToString(true).replace(/ +$/, "");

/** Whether a row is the end of the one above: marked so, with the text up to the edge to show for it. */
function continues(above, line, cols) {
  if (!line.isWrapped || !above || textOf(line) === "") return false;
  const taken = (x) => above.getCell(x).getWidth() === 0 || above.getCell(x).getChars() !== "";
  return taken(cols - 1) || (taken(cols - 2) && line.getCell(0).getWidth() === 2);
}

/** One row as [text without blanks at its end, whether it continues the row above, runs of looks]. */
function row(above, line, cols, links) {
  let cell;
  const runs = [];
  for (let x = 0; x < cols; x++) {
    cell = line.getCell(x, cell);
    if (cell.getWidth() === 0) continue;
    const now = look(cell, cell.getChars() === "" || cell.getChars() === " ", links);
    if (runs.at(-1)?.[1] !== now) runs.push([x, now]);
  }
  const plain = runs.length === 1 && runs[0][1] === "//";
  return [textOf(line), continues(above, line, cols), plain ? [] : runs];
}

function contents(buffer, cols, links) {
  return Array.from({ length: buffer.length }, (_, y) => row(buffer.getLine(y - 1), buffer.getLine(y), cols, links));
}

/** What programs can ask of or see at the terminal; some of it only xterm.js itself knows. */
function state(term) {
  const { active, normal, alternate } = term.buffer;
  const core = term._core;
  const buffer = core.buffer;
  const { cursorStyle, cursorBlink } = core.coreService.decPrivateModes;
  return {
    normal: contents(normal, term.cols, core._oscLinkService),
    alternate: active.type === "alternate" ? contents(alternate, term.cols, core._oscLinkService) : null,
    cursor: [active.cursorX, active.cursorY],
    size: [term.cols, term.rows],
    modes: {
      ...term.modes,
      cursorHidden: core.coreService.isCursorHidden,
      cursorStyle: cursorStyle ?? term.options.cursorStyle,
      cursorBlink: cursorBlink ?? term.options.cursorBlink,
      mouseEncoding: core.coreMouseService.activeEncoding,
      region: [buffer.scrollTop, buffer.scrollBottom],
      tabs: Object.keys(buffer.tabs).filter((x) => buffer.tabs[x] && x > 0 && x < term.cols).map(Number),
    },
  };
}

function widths() {
  const counter = new page.EngineWidths();
  return Array.from({ length: 0x110000 }, (_, codepoint) => counter.wcwidth(codepoint)).join("");
}

async function play({ cols, rows, steps }) {
  const term = terminal(cols, rows);
  try {
    for (const [what, ...rest] of steps) {
      if (what === "resize") term.resize(...rest);
      else await new Promise((done) => term.write(Buffer.from(rest[0], "base64"), done));
    }
    return state(term);
  } finally {
    term.dispose();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(request.widths ? widths() : await play(request))}\n`);
}
