"""How people write and read the limits of a plan: sizes, times, counts, each as one word or two.

A limit is named by its field without the unit: `memory` is `memory_bytes`. Units of sizes are
powers of 1,024, whether somebody writes 2G, 2 GB or 2 GiB.
"""

import re
from dataclasses import fields
from typing import Any, Final

from ide.guard.plan import MAX_NUMBER, MIB, BadPlanError, Plan

_SIZES: Final = {"TiB": 1 << 40, "GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10}
_TIMES: Final = {"d": 86400, "h": 3600, "min": 60, "s": 1}
_SIZE_UNITS: Final = {"": 1, "b": 1, "bytes": 1} | {
    spelling: size
    for unit, size in _SIZES.items()
    for spelling in (unit[0].lower(), f"{unit[0]}b".lower(), unit.lower())
}
_TIME_UNITS: Final = {"": 1, "m": 60, **_TIMES}
_NUMBER: Final = re.compile(r"([0-9]{1,16}(?:\.[0-9]{1,6})?)\s*([a-z]*)")
_PERCENT: Final = "cpu_percent"
_HOSTS: Final = "network_hosts"
_LEAST_BARE: Final = 4096
"""Fewer bytes than a page, written without a unit, are a unit that was forgotten."""
_LEAST: Final = {"memory_bytes": 16 * MIB}
"""With less not even an empty workspace starts."""
_WORDS: Final = {"name", "home", "network"}


def _key(name: str) -> str:
    return "hosts" if name == _HOSTS else name.removesuffix("_bytes").removesuffix("_seconds")


KEYS: Final = {_key(field.name): field.name for field in fields(Plan) if field.name != "name"}
"""The field of each limit by the word for it, in the order of the plan."""


def field_of(key: str) -> str:
    """Return the field that `key` names, with or without its unit. Raises BadPlanError."""
    found = key if key in KEYS.values() else KEYS.get(key)
    if found is None:
        raise BadPlanError(f"{key!r} is no limit of a plan; there are {', '.join(KEYS)}")
    return found


def read(field: str, text: str) -> Any:
    """Return the value that a plan has for what a person wrote. Raises BadPlanError.

    `none` is 0 for all that is counted; what the plan does not take is for Plan.from_json to say.
    """
    word = text.strip()
    if field in _WORDS:
        return word
    if field == _HOSTS:
        hosts = word.replace(",", " ").split()
        return [] if hosts == ["none"] else [host.lower().rstrip(".") for host in hosts]
    if word == "none":
        return 0
    if field.endswith("_bytes"):
        return _measured(field, word, _SIZE_UNITS, "a size such as 2 GiB or 512M")
    if field.endswith("_seconds"):
        return _measured(field, word, _TIME_UNITS, "a time such as 30 min or 12 h")
    if field == _PERCENT:
        word = word.removesuffix("%").rstrip()
    if not word.isascii() or not word.isdecimal() or int(word) > MAX_NUMBER:
        raise BadPlanError(f"{_key(field)} is a whole number or none, not {text!r:.60}")
    return int(word)


def say(field: str, value: Any) -> str:
    """Return a value as `read` takes it again."""
    if field in _WORDS:
        return str(value)
    if field == _HOSTS:
        return ", ".join(value) or "none"
    if not value and field != "level":
        return "none"
    if field.endswith("_bytes"):
        return say_bytes(value)
    if field.endswith("_seconds"):
        return say_seconds(value)
    return f"{value} %" if field == _PERCENT else str(value)


def say_bytes(size: int) -> str:
    """Return a size in the largest unit that says it exactly, with two digits at most."""
    for unit, one in _SIZES.items():
        if size >= one and size * 100 % one == 0:
            return f"{size / one:.2f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{size} bytes"


def say_seconds(seconds: int) -> str:
    """Return a time in the largest unit that says it exactly."""
    unit, one = next((unit, one) for unit, one in _TIMES.items() if seconds % one == 0)
    return f"{seconds // one} {unit}"


def _measured(field: str, word: str, units: dict[str, int], example: str) -> int:
    """Return the number of bytes or seconds, rounded down."""
    found = _NUMBER.fullmatch(word.lower())
    if found is None or found[2] not in units:
        raise BadPlanError(f"{_key(field)} is {example}, or none; not {word!r:.60}")
    whole, _, part = found[1].partition(".")
    value = int(whole + part) * units[found[2]] // int(10 ** len(part))
    if units is _SIZE_UNITS and not found[2] and 0 < value < _LEAST_BARE:
        raise BadPlanError(f"{_key(field)} is {example}; {word} without a unit is bytes")
    if 0 < value < (least := _LEAST.get(field, 0)):
        raise BadPlanError(f"{_key(field)} is at least {say_bytes(least)}, or none")
    if value > MAX_NUMBER:
        raise BadPlanError(f"{_key(field)} is at most {MAX_NUMBER}, not {word!r:.60}")
    return value
