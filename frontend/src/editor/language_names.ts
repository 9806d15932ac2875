/** What a file's language is called. Apart from the grammars, which are loaded when needed. */

import { extensionOf } from "../core/refs";

const NAMES: Readonly<Record<string, string>> = {
  py: "Python", pyw: "Python", pyi: "Python", sh: "Shell", bash: "Shell", json: "JSON", ipynb: "JSON", yaml: "YAML", yml: "YAML",
  toml: "TOML", c: "C", h: "C", cpp: "C++", cc: "C++", hpp: "C++", html: "HTML", htm: "HTML", css: "CSS", md: "Markdown",
  js: "JavaScript", mjs: "JavaScript", jsx: "JavaScript", ts: "TypeScript", tsx: "TypeScript",
};

export function languageName(ref: string): string {
  return NAMES[extensionOf(ref)] ?? "Plain text";
}
