/** The search in a text: its words, its keys, where it is, and that what is typed into it is gone to at once. A chunk that comes
 * with the first text. */

import { getSearchQuery, highlightSelectionMatches, openSearchPanel, search, searchKeymap, setSearchQuery } from "@codemirror/search";
import { Compartment, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

/** How far is looked with each letter, in UTF-16 units: some 100 ms. Enter looks through all of the text. */
const REACH_CHARS = 1_000_000;

const place = new Compartment();

/** Open the bar above the text, or below it where a thumb has to reach it. */
export function openFindBar(view: EditorView, isThumbs: boolean): void {
  view.dispatch({ effects: place.reconfigure(search({ top: !isThumbs })) });
  openSearchPanel(view);
}

/** Select the first match from the beginning of the selection on, else of the text: what is typed on is looked for from the match of
 * what was typed before. */
const firstMatch = EditorView.updateListener.of(({ view, transactions, startState }) => {
  if (!transactions.some(({ effects }) => effects.some((effect) => effect.is(setSearchQuery)))) return;
  const { state } = view;
  const query = getSearchQuery(state);
  const { search: text, caseSensitive, regexp, wholeWord } = getSearchQuery(startState);
  const isSame = query.search === text && query.caseSensitive === caseSensitive && query.regexp === regexp && query.wholeWord === wholeWord;
  if (isSame || !query.valid || !view.root.activeElement?.closest(".cm-search")) return;
  const here = state.selection.main.from;
  let found = query.getCursor(state, here, Math.min(here + REACH_CHARS, state.doc.length)).next();
  if (found.done) found = query.getCursor(state, 0, Math.min(here, REACH_CHARS)).next();
  if (!found.done) view.dispatch({ selection: { anchor: found.value.from, head: found.value.to }, scrollIntoView: true, userEvent: "select.search" });
});

/** What a text needs to be searched in. */
export const finding: Extension = [
  place.of(search({ top: true })), firstMatch, highlightSelectionMatches(), keymap.of(searchKeymap),
];
