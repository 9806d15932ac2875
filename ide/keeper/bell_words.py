"""The sentences of letters. Pure."""

import signal
from typing import Any, Final

from ide.keeper.card import Card
from ide.keeper.journal import Record

_SIGNALS: Final = frozenset(map(int, signal.Signals))
_BY_PERSON: Final = "You "
"""How the cause of an ending begins that a person asked for."""

_INTERRUPTED: Final = 128 + signal.SIGINT
"""What a shell says of a program that ^C ended."""

_ALL_ENDED: Final = {
    "reboot": "ended because the machine was restarted",
    "stopped": "ended because the server was stopped",
}

WAITS: Final = "waits for your answer"
"""What a letter says of a program that reads the terminal."""
OVER: Final = "is over; how it ended is not known"
"""What a letter says of a command whose end nobody heard."""


def duration(seconds: float) -> str:
    """Return "8 s", "3 min", "2 h 11 min", "3 d 4 h": the two largest units."""
    rest, parts = round(max(0.0, seconds)), []
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    first = next((at for at, (_, size) in enumerate(units) if rest >= size), None)
    if first is None:
        return "0 s"
    for name, size in units[first : first + 2]:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts)


def finished(seconds: float | None) -> str:
    """Return how a program ended of which only that is known."""
    return "finished" if seconds is None else f"finished after {duration(seconds)}"


def not_known(seconds: float) -> str:
    """Return how a program ended, for somebody who asked whether it failed."""
    return f"{finished(seconds)}; whether it failed is not known here"


def command(card: Card, seconds: float) -> str:
    """Return how a command ended of which its shell or Python has told."""
    after = f" after {duration(seconds)}"
    if card.how == "limit":
        return f"was ended by a limit{after}"
    if is_interrupted(card):
        return f"was interrupted{after}"
    if card.exception:
        return f"failed with {card.exception}{after}"
    if not card.status:
        return f"finished{after}"
    number = card.status - 128
    by = f" ({signal.Signals(number).name})" if number in _SIGNALS else ""
    return f"failed with status {card.status}{by}{after}"


def is_interrupted(card: Card) -> bool:
    """Whether a command ended because somebody typed ^C, as far as its status tells."""
    return card.status == _INTERRUPTED or card.exception == KeyboardInterrupt.__name__


def was_interrupted(record: Record) -> bool:
    """Whether a session ended because somebody typed ^C, as far as its status tells.

    A run may say any number of itself.
    """
    if record.exit_how == "exit":
        return record.kind != "run" and record.exit_status == _INTERRUPTED
    return record.exit_how == "signal" and record.exit_status == signal.SIGINT


def stopped(seconds: float) -> str:
    """Return what a letter says of a command that is a stopped job now."""
    return f"was stopped after {duration(seconds)}"


def by_person(record: Record) -> bool:
    """Whether the session ended because its owner wanted it, or with nothing in it but a shell."""
    told = record.exit_to_json() or {}
    return str(told.get("cause", "")).startswith(_BY_PERSON) or (
        told.get("limit", {}).get("name") == "sleep"
    )


def went_well(record: Record) -> bool:
    """Whether the program of an ended session says that it did."""
    return record.exit_how == "exit" and not record.exit_status


def ending(record: Record, seconds: float | None) -> str:
    """Return how a session ended, as the end of a sentence that begins with its program."""
    after = "" if seconds is None else f" after {duration(seconds)}"
    how, status = record.exit_how, record.exit_status or 0
    if was_interrupted(record):
        return f"was interrupted{after}"
    if how == "exit":
        return f"failed with status {status}{after}" if status else f"finished{after}"
    if how == "limit":
        return f"was ended by the {_limit(record.exit_to_json())}{after}"
    if how == "signal":
        return f"was ended by {_signal(status)}{after}"
    return _ALL_ENDED.get(how or "", f"ended with its sandbox{after}")


def _limit(told: dict[str, Any] | None) -> str:
    name = ((told or {}).get("limit") or {}).get("name", "")
    return {"processes": "limit of processes", "lifetime": "lifetime of its plan"}.get(
        name, f"{name} limit".strip()
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def printed(text: str) -> str:
    """Return what a letter says of a text that came."""
    return f"printed “{text}”"


def silent(seconds: float) -> str:
    """Return what a letter says of a program that prints nothing."""
    return f"has printed nothing for {duration(seconds)}"
