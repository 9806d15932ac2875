"""Commands in a search over everything: read from the database of cards, which is another's."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ide.keeper.database import text_of
from ide.keeper.index_query import excerpt

MAX_COMMANDS: Final = 20
_BUSY_SECONDS: Final = 0.2
_SECONDS: Final = 0.3
_AT_LEAST: Final = 200
"""So many are looked at however late it is: a machine that stalls finds the newest ones too."""
_NAMES: Final = ("id", "console", "epoch", "kind", "started", "state", "how", "status", "first")


def found_cards(job: dict[str, Any], finders: list[re.Pattern[str]]) -> dict[str, Any]:
    """Return `{commands, commands_more, commands_failed}`, the newest first."""
    names = {one["id"] for one in job["consoles"]}
    found: list[dict[str, Any]] = []
    more, failed = False, ""
    path = Path(job["cards"])
    try:
        if path.exists():
            found, more = _found(path, names, finders)
    except sqlite3.Error as error:
        failed = str(error)
    return {
        "commands": found[:MAX_COMMANDS], "commands_more": more, "commands_failed": failed,
    }  # fmt: skip


def _found(
    path: Path, names: set[str], finders: list[re.Pattern[str]]
) -> tuple[list[dict[str, Any]], bool]:
    """Return what was found, and whether there may be more."""
    found: list[dict[str, Any]] = []
    until = time.monotonic() + _SECONDS
    # As bytes: what a disk made no text of is no reason to find no other.
    names_of = f"CAST(command AS BLOB), {', '.join(_NAMES)}"
    query = f"SELECT {names_of} FROM cards ORDER BY id DESC"  # noqa: S608 - ours
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as db:
        db.execute("PRAGMA query_only=1")
        for seen, (command, *values) in enumerate(db.execute(query)):
            is_late = seen >= _AT_LEAST and time.monotonic() > until
            if is_late or len(found) > MAX_COMMANDS:
                return found, True
            card = dict(zip(_NAMES, values, strict=True))
            line = " ".join(text_of(command or b"").split())
            if card["console"] in names and (parts := excerpt(line, finders)):
                found.append({**card, "parts": parts})
    return found, len(found) > MAX_COMMANDS
