/** The text widget: CodeMirror over one buffer. This module and what it imports is a chunk of its own. */

import "../later"; // with it, what all of them share is one chunk
import {
  cursorCharLeft, cursorCharRight, cursorLineDown, cursorLineUp, defaultKeymap, history, historyKeymap, indentLess, indentMore, indentWithTab, redo,
  toggleComment, undo,
} from "@codemirror/commands";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { Annotation, Compartment, EditorState, type Extension, Text } from "@codemirror/state";
import {
  type Command, drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection, runScopeHandlers,
} from "@codemirror/view";
import { effect } from "@preact/signals";
import { followPinch } from "../console/raw_touches";
import type { Place } from "../core/arrangement";
import { editorLetters } from "../shell/letters";
import { AwayKeys } from "./away";
import type { Buffer, TextView } from "./buffer";
import { languageOf } from "./languages";
import { look } from "./look";
import type { EditorKey } from "./views";

export { EditorView };

/** Marks a change that came from the disk, not from the person. */
const fromDisk = Annotation.define<boolean>();
const PLACE_AFTER_MS = 300;

/** The words of the find bar, like those of the rest of the page. Here, because words that come later have CodeMirror draw all
 * anew, and where one was is lost. */
const PHRASES = {
  all: "All", "match case": "Match case", regexp: "Regexp", "by word": "Whole word", replace: "Replace", "replace all": "Replace all",
};

export interface CursorAt {
  readonly line: number;
  readonly column: number;
}

interface ViewOptions {
  readonly buffer: Buffer;
  readonly place: Place | undefined;
  onPlace(place: Place): void;
  onCursor(at: CursorAt): void;
  onFocus(): void;
  /** Run what is selected, or the line of the cursor; false where files of this kind cannot be run. */
  onRun(): boolean;
  /** Whether what is searched with belongs below the text, where a thumb reaches it. */
  isThumbs(): boolean;
}

const COMMANDS: Readonly<Record<EditorKey, Command>> = {
  indent: indentMore,
  outdent: indentLess,
  left: cursorCharLeft,
  right: cursorCharRight,
  up: cursorLineUp,
  down: cursorLineDown,
  comment: toggleComment,
  escape: (view) => runScopeHandlers(view, new KeyboardEvent("keydown", { key: "Escape" }), "editor"),
};

export class CodeView implements TextView {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #finding = new Compartment();
  readonly #comparing = new Compartment();
  readonly #name = new Compartment();
  readonly #lineEnds = new Compartment();
  /** Whether a finger was put down last: what it drags is the page or the selection, never text. */
  #finger = false;
  /** Of the room for text when it was looked at last, in px. */
  #height = 0;
  readonly #sizes = new ResizeObserver(() => this.#stayInSight());
  readonly #stopSizing: () => void;
  readonly #away: AwayKeys;
  #placing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ViewOptions) {
    const { buffer, place } = options;
    const separator = separatorOf(buffer.text);
    const doc = Text.of(buffer.text.split(separator));
    const state = EditorState.create({
      doc,
      selection: { anchor: Math.min(place?.head ?? 0, doc.length) },
      extensions: [
        keymap.of([{ key: "Shift-Enter", run: () => options.onRun() }]),
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
        this.#finding.of([]),
        EditorView.domEventHandlers({
          scroll: () => this.#notePlace(),
          focus: () => options.onFocus(),
          pointerdown: ({ pointerType }) => void (this.#finger = pointerType === "touch"),
          dragstart: (event) => {
            if (this.#finger) event.preventDefault();
            return this.#finger;
          },
        }),
      ],
    });
    const top = Math.min(place?.top ?? 0, doc.length);
    this.#view = new EditorView({ state, scrollTo: EditorView.scrollIntoView(top, { y: "start" }) });
    this.#sizes.observe(this.#view.scrollDOM);
    this.#away = new AwayKeys(this.#view.contentDOM, () => buffer.ref);
    followPinch(this.#view.scrollDOM, (scale, over) => editorLetters.pinch(scale, over));
    this.#stopSizing = effect(() => {
      this.#view.dom.style.fontSize = editorLetters.isChosen ? `${editorLetters.px}px` : "";
      this.#view.requestMeasure();
    });
    buffer.attach(this);
    void this.#loadLanguage();
    void this.#loadFinding();
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
    this.#away.bringKeyboard();
    this.#tellCursor();
  }

  blur(): void {
    this.#view.contentDOM.blur();
  }

  /** Open the search: above the text, or below it where a thumb has to reach it. */
  async find(): Promise<void> {
    (await this.#loadFinding()).openFindBar(this.#view, this.options.isThumbs());
  }

  press(key: EditorKey): void {
    COMMANDS[key](this.#view);
  }

  type(text: string): void {
    const { state } = this.#view;
    const { from, to } = state.selection.main;
    const plainly = () => state.update(state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    const taken = state.facet(EditorView.inputHandler).some((handler) => handler(this.#view, from, to, text, plainly));
    if (!taken) this.#view.dispatch(plainly());
  }

  takeLines(): string {
    const { state } = this.#view;
    const { from, to, empty } = state.selection.main;
    const first = state.doc.lineAt(from);
    if (!empty) return state.sliceDoc(to > first.to ? first.from : from, to);
    this.#view.dispatch({ selection: { anchor: Math.min(first.to + 1, state.doc.length) }, scrollIntoView: true });
    return first.text;
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
    this.#away.shown();
  }

  /** A caret in sight stays there when the room for text gets lower: a keyboard came up below it. */
  #stayInSight(): void {
    const { scrollDOM, hasFocus, state: { selection: { main: { head } } } } = this.#view;
    const { top, height } = scrollDOM.getBoundingClientRect();
    const caret = hasFocus && height < this.#height && this.#view.coordsAtPos(head);
    const wasInSight = caret && caret.bottom > top && caret.top < top + this.#height;
    this.#height = height;
    if (wasInSight) this.#view.dispatch({ effects: EditorView.scrollIntoView(head) });
  }

  stop(): void {
    clearTimeout(this.#placing);
    this.#stopSizing();
    this.#sizes.disconnect();
    this.#away.stop();
    this.#view.destroy();
  }

  async #loadLanguage(): Promise<void> {
    const { name, extension } = this.options.buffer;
    const [language, { completing }] = await Promise.all([languageOf(name, extension).load(), import("./completing")]);
    this.#view.dispatch({ effects: this.#language.reconfigure([completing, language]) });
  }

  async #loadFinding(): Promise<typeof import("./finding")> {
    const parts = await import("./finding");
    if (this.#finding.get(this.#view.state) !== parts.finding) this.#view.dispatch({ effects: this.#finding.reconfigure(parts.finding) });
    return parts;
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
  return EditorView.contentAttributes.of({ "aria-label": `Editor: ${name}`, autocapitalize: "off", spellcheck: "false", enterkeyhint: "enter" });
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
    indentOnInput(), indentUnit.of("    "), EditorState.tabSize.of(4), bracketMatching(), EditorState.phrases.of(PHRASES),
    keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap, indentWithTab]),
  ];
}
