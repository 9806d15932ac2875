/** The text widget: CodeMirror over one buffer. This module and what it imports is a chunk of its own. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, redo, undo } from "@codemirror/commands";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension, Text } from "@codemirror/state";
import {
  drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";
import type { Place } from "../core/arrangement";
import type { Buffer, TextView } from "./buffer";
import { languageOf } from "./languages";
import { look } from "./look";

/** Marks a change that came from the disk, not from the person. */
const fromDisk = Annotation.define<boolean>();
const PLACE_AFTER_MS = 300;

export interface CursorAt {
  readonly line: number;
  readonly column: number;
}

interface ViewOptions {
  readonly buffer: Buffer;
  readonly place: Place | undefined;
  onPlace(place: Place): void;
  onCursor(at: CursorAt): void;
}

export class CodeView implements TextView {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #comparing = new Compartment();
  readonly #name = new Compartment();
  readonly #lineEnds = new Compartment();
  #placing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ViewOptions) {
    const { buffer, place } = options;
    const separator = separatorOf(buffer.text);
    const doc = Text.of(buffer.text.split(separator));
    const state = EditorState.create({
      doc,
      selection: { anchor: Math.min(place?.head ?? 0, doc.length) },
      extensions: [
        basics(),
        look,
        this.#language.of([]),
        this.#comparing.of([]),
        this.#name.of(naming(buffer.name)),
        this.#lineEnds.of(EditorState.lineSeparator.of(separator)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((tr) => tr.annotation(fromDisk))) buffer.edited();
          if (update.docChanged || update.selectionSet || update.focusChanged) this.#tellCursor();
        }),
        EditorView.domEventHandlers({ scroll: () => this.#notePlace() }),
      ],
    });
    const top = Math.min(place?.top ?? 0, doc.length);
    this.#view = new EditorView({ state, scrollTo: EditorView.scrollIntoView(top, { y: "start" }) });
    buffer.attach(this);
    void this.#loadLanguage();
  }

  get dom(): HTMLElement {
    return this.#view.dom;
  }

  text(): string {
    return this.#view.state.sliceDoc();
  }

  /** Change only what differs, so that cursor, folds and undo survive. */
  replace(text: string): void {
    const { state } = this.#view;
    const separator = separatorOf(text);
    if (separator !== state.lineBreak) this.#view.dispatch({ effects: this.#lineEnds.reconfigure(EditorState.lineSeparator.of(separator)) });
    const old = state.doc.toString();
    const doc = Text.of(text.split(separator));
    const fresh = doc.toString();
    let from = 0;
    while (from < old.length && from < fresh.length && old[from] === fresh[from]) from += 1;
    let cut = 0;
    while (cut < old.length - from && cut < fresh.length - from && old.at(-1 - cut) === fresh.at(-1 - cut)) cut += 1;
    if (from === old.length && from === fresh.length) return;
    this.#view.dispatch({
      changes: { from, to: old.length - cut, insert: doc.slice(from, fresh.length - cut) },
      annotations: fromDisk.of(true),
    });
  }

  focus(): void {
    this.#view.focus();
    this.#tellCursor();
  }

  find(): void {
    openSearchPanel(this.#view);
  }

  undo(): void {
    undo(this.#view);
  }

  redo(): void {
    redo(this.#view);
  }

  /** Mark the differences to `theirs` in the text, each with a choice; null ends it. */
  async compare(theirs: string | null): Promise<void> {
    const marks: Extension = theirs === null ? [] : (await import("./compare")).comparison(theirs);
    this.#view.dispatch({ effects: this.#comparing.reconfigure(marks) });
  }

  /** The file has another name now. */
  renamed(): void {
    this.#view.dispatch({ effects: this.#name.reconfigure(naming(this.options.buffer.name)) });
    void this.#loadLanguage();
  }

  /** Measure again after the element came back into a page. */
  shown(): void {
    this.#view.requestMeasure();
  }

  stop(): void {
    clearTimeout(this.#placing);
    this.#view.destroy();
  }

  async #loadLanguage(): Promise<void> {
    const extension = await languageOf(this.options.buffer.name, this.options.buffer.extension).load();
    this.#view.dispatch({ effects: this.#language.reconfigure(extension) });
  }

  #tellCursor(): void {
    const { head } = this.#view.state.selection.main;
    const line = this.#view.state.doc.lineAt(head);
    this.options.onCursor({ line: line.number, column: head - line.from + 1 });
    this.#notePlace();
  }

  #notePlace(): void {
    clearTimeout(this.#placing);
    this.#placing = setTimeout(() => {
      const top = this.#view.lineBlockAtHeight(this.#view.scrollDOM.scrollTop).from;
      this.options.onPlace({ head: this.#view.state.selection.main.head, top });
    }, PLACE_AFTER_MS);
  }
}

function naming(name: string): Extension {
  return EditorView.contentAttributes.of({ "aria-label": `Editor: ${name}`, autocapitalize: "off", spellcheck: "false" });
}

/** Files keep the line ends they came with; where they are mixed, each stays as it is. */
function separatorOf(text: string): string {
  return text.includes("\r\n") && !/(^|[^\r])\n/.test(text) ? "\r\n" : "\n";
}

function basics(): Extension {
  return [
    lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), highlightSpecialChars(), history(), foldGutter(), codeFolding(),
    drawSelection(), dropCursor(), rectangularSelection(), EditorState.allowMultipleSelections.of(true),
    EditorView.clipboardInputFilter.of((text, { lineBreak }) => text.replace(/\r\n?|\n/g, lineBreak)),
    indentOnInput(), indentUnit.of("    "), EditorState.tabSize.of(4), bracketMatching(), closeBrackets(), autocompletion(),
    highlightSelectionMatches(), search({ top: true }),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, indentWithTab]),
  ];
}
