"""The names of people and plans."""

import re

from ide.errors import BadRequestError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def checked_name(name: str, what: str = "user name") -> str:
    """Return the name as it is kept: trimmed, lower-case. Raises BadRequestError."""
    kept = name.strip().lower()
    if not _NAME.fullmatch(kept):
        raise BadRequestError(
            f"A {what} has 1 to 32 letters, digits, dots, dashes or underscores"
            " and begins with a letter or digit.",
            name="characters",
        )
    return kept
