"""What somebody typed into the search over everything: words and quoted text, all of which count.

A word also finds longer words that begin with it. What stands in quotes is found as it stands.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MAX_ITEMS: Final = 12
EXCERPT_CHARS: Final = 240
_BEFORE_CHARS: Final = 60
_MAX_MARKS: Final = 16

_ITEM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
WIDE: Final = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])")
"""Scripts that put no blank between words: each of their characters counts as a word."""
_OLD: Final = unicodedata.ucd_3_2_0
"""Characters that every SQLite takes for letters or digits; later ones are not asked of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One word, or with `exact` a quoted text."""

    text: str
    exact: bool

    def pattern(self) -> str:
        """Return a regular expression that finds it in a line."""
        words = r"\s+".join(map(re.escape, self.text.split()))
        before = r"(?<![^\W_])" if _joins(self.text[0]) else ""
        after = r"(?![^\W_])" if self.exact and _joins(self.text[-1]) else ""
        return before + words + after

    def tokens(self) -> list[tuple[str, bool]]:
        """Return what the index is asked for, each with whether longer words count too."""
        found: list[tuple[str, bool]] = []
        spread = WIDE.sub(r" \1 ", self.text)
        runs = "".join(char if _may_be_word(char) else " " for char in spread).split()
        for run in runs:
            known = "".join(itertools.takewhile(_is_word, run))
            if known:
                found.append((known, known != run))
        if found and not self.exact and runs and self.text.endswith(runs[-1]):
            found[-1] = (found[-1][0], not WIDE.match(runs[-1]))
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """All of what was typed; a line that answers it has each item."""

    items: tuple[Item, ...]

    def match(self) -> str:
        """Return it as an expression of FTS5, of tokens in quotes alone."""
        tokens = dict.fromkeys(token for item in self.items for token in item.tokens())
        return " AND ".join(f'"{word}"' + ("*" if longer else "") for word, longer in tokens)

    def words(self) -> list[str]:
        """Return all words in lower case."""
        words = (word for item in self.items for word in item.text.lower().split())
        return list(dict.fromkeys(words))

    def finders(self) -> list[re.Pattern[str]]:
        """Return what finds each item in a line."""
        return [re.compile(item.pattern(), re.IGNORECASE) for item in self.items]


def _is_word(char: str) -> bool:
    return char.isalnum() and _OLD.category(char)[0] in "LN"


def _may_be_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _joins(char: str) -> bool:
    return char.isalnum() and not WIDE.match(char)


def question(typed: str) -> Question:
    """Return what is asked. Raises ValueError with a sentence for who typed it."""
    clean = "".join(char if char.isprintable() else " " for char in typed)
    items = []
    for quoted, word in _ITEM.findall(clean):
        if text := (word or quoted).strip():
            items.append(Item(text, exact=not word))
    if len(items) > MAX_ITEMS:
        raise ValueError(f"A search has at most {MAX_ITEMS} words.")
    asked = Question(tuple(dict.fromkeys(items)))
    if not asked.match():
        raise ValueError("Type a word to search for: at least one letter or digit.")
    return asked


def excerpt(line: str, finders: list[re.Pattern[str]]) -> list[str] | None:
    """Return a line in parts, plain and matching by turns, the first plain; None without a match.

    At most EXCERPT_CHARS of it, around the first match.
    """
    spans: list[tuple[int, int]] = []
    for finder in finders:
        found = finder.search(line)
        if not found:
            return None
        spans.append(found.span())
    first = max(0, min(spans)[0] - _BEFORE_CHARS)
    shown = line[first : first + EXCERPT_CHARS]
    for finder in finders:
        spans += [one.span() for one in list(finder.finditer(line, first))[:_MAX_MARKS]]
    parts, at = [], 0
    for begin, end in sorted({(max(a - first, 0), b - first) for a, b in spans}):
        if at <= begin < len(shown):
            parts += [shown[at:begin], shown[begin:end]]
            at = min(end, len(shown))
    if first:
        parts[0] = "…" + parts[0]
    return [*parts, shown[at:] + ("…" if first + EXCERPT_CHARS < len(line) else "")]
