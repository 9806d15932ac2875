"""A keeper's letter as the message that people get. Pure; nothing in a letter is taken for true."""

from typing import Any, Final
from urllib.parse import quote

from ide.channels.message import MAX_TEXT_CHARS, MAX_TITLE_CHARS, Message, one_line

MAX_ENDING_CHARS: Final = 300
MAX_EXCERPT_CHARS: Final = 1024
_MAX_AT: Final = 1e11
_FACTS: Final = ("when", "console", "console_title", "ending", "ok")


class BadLetterError(ValueError):
    """What came is no letter."""


def name_of(letter: dict[str, Any]) -> str:
    """Return what tells a letter from every other of its workspace. Raises BadLetterError."""
    number, at = letter.get("id"), letter.get("at")
    if type(number) is not int or not 0 <= number < 1 << 63:
        raise BadLetterError("id")
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < _MAX_AT:
        raise BadLetterError("at")
    return f"{number}-{round(float(at) * 1000)}"


def message_of(workspace: str, letter: dict[str, Any]) -> Message:
    """Return what is told of a letter. Raises BadLetterError.

    The title and the ending; output only where the letter has an excerpt, which is a wish of the
    person who set the bell.
    """
    name = name_of(letter)
    title = one_line(_text(letter, "title"), MAX_TITLE_CHARS) or "ide"
    ending = one_line(_text(letter, "ending"), MAX_ENDING_CHARS)
    excerpt = _text(letter, "excerpt")[-MAX_EXCERPT_CHARS:].strip()
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in excerpt)
    facts = {key: _fact(letter.get(key)) for key in _FACTS} | ({"excerpt": shown} if shown else {})
    text = f"{ending}\n{shown}" if shown else ending
    return Message(
        tag=f"{workspace}-{name}",
        title=title,
        text=text[:MAX_TEXT_CHARS],
        at=float(letter["at"]),
        hash=_hash(letter),
        facts=facts,
    )


def summed_up(tag: str, titles: list[str], count: int, at: float) -> Message:
    """Return the one message that stands for `count` more, of which `titles` names some."""
    named = ", ".join(dict.fromkeys(titles))
    return Message(
        tag=tag,
        title=f"and {count} more",
        text=one_line(named, MAX_ENDING_CHARS),
        at=at,
        facts={"count": count},
    )


def to_json(message: Message) -> dict[str, Any]:
    """Return a message for the table."""
    return {
        "tag": message.tag, "title": message.title, "text": message.text,
        "at": message.at, "hash": message.hash, "facts": message.facts,
    }  # fmt: skip


def _hash(letter: dict[str, Any]) -> str:
    console, offset = letter.get("console"), letter.get("offset")
    if not isinstance(console, str) or not 0 < len(console) <= 64:
        return ""
    parts = [f"#console={_quoted(console)}"]
    if type(offset) is int and 0 <= offset < 1 << 63:
        parts.append(f"at={offset}")
        epoch = letter.get("epoch")
        if isinstance(epoch, str | int) and len(str(epoch)) <= 64:
            parts.append(f"epoch={_quoted(str(epoch))}")
        card = letter.get("card")
        if type(card) is int and 0 <= card < 1 << 49:  # what the page takes for a number
            parts.append(f"card={card}")
    return "&".join(parts)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")  # half a surrogate pair is text to JSON


def _text(letter: dict[str, Any], name: str) -> str:
    value = letter.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLetterError(name)
    return value.encode("utf-8", "replace").decode()


def _fact(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value.encode("utf-8", "replace").decode(), MAX_ENDING_CHARS)
    return value if isinstance(value, bool) else None
