/** Which language a file is in, by its name; each grammar is a chunk of its own. */

import { type LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

interface Language {
  readonly name: string;
  load(): Promise<Extension>;
}

const stream = async (parser: Promise<StreamParser<unknown>>): Promise<Extension> => StreamLanguage.define(await parser);
const support = async (made: Promise<LanguageSupport>): Promise<Extension> => made;

const PYTHON: Language = { name: "Python", load: () => support(import("@codemirror/lang-python").then((m) => m.python())) };
const SHELL: Language = { name: "Shell", load: () => stream(import("@codemirror/legacy-modes/mode/shell").then((m) => m.shell)) };
const JSON_: Language = { name: "JSON", load: () => support(import("@codemirror/lang-json").then((m) => m.json())) };
const YAML: Language = { name: "YAML", load: () => support(import("@codemirror/lang-yaml").then((m) => m.yaml())) };
const TOML: Language = { name: "TOML", load: () => stream(import("@codemirror/legacy-modes/mode/toml").then((m) => m.toml)) };
const C: Language = { name: "C", load: () => stream(import("@codemirror/legacy-modes/mode/clike").then((m) => m.c)) };
const CPP: Language = { name: "C++", load: () => stream(import("@codemirror/legacy-modes/mode/clike").then((m) => m.cpp)) };
const HTML: Language = { name: "HTML", load: () => support(import("@codemirror/lang-html").then((m) => m.html())) };
const CSS: Language = { name: "CSS", load: () => support(import("@codemirror/lang-css").then((m) => m.css())) };
const MARKDOWN: Language = { name: "Markdown", load: () => support(import("@codemirror/lang-markdown").then((m) => m.markdown())) };
const script = (name: string, typescript: boolean, jsx: boolean): Language => ({
  name, load: () => support(import("@codemirror/lang-javascript").then((m) => m.javascript({ typescript, jsx }))),
});

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  py: PYTHON, pyw: PYTHON, pyi: PYTHON, sh: SHELL, bash: SHELL, json: JSON_, ipynb: JSON_, yaml: YAML, yml: YAML, toml: TOML,
  c: C, h: C, cpp: CPP, cc: CPP, hpp: CPP, html: HTML, htm: HTML, css: CSS, md: MARKDOWN,
  js: script("JavaScript", false, false), mjs: script("JavaScript", false, false), jsx: script("JavaScript", false, true),
  ts: script("TypeScript", true, false), tsx: script("TypeScript", true, true),
};
const BY_NAME: Readonly<Record<string, Language>> = { ".bashrc": SHELL, ".profile": SHELL, ".bash_profile": SHELL };

const PLAIN: Language = { name: "Plain text", load: async () => [] };

export function languageOf(name: string, extension: string): Language {
  return BY_NAME[name] ?? BY_EXTENSION[extension] ?? PLAIN;
}
