"""What each level of a machine promises, in the words that page, commands and refusals share."""

from typing import Final

PROMISES: Final = (
    "no sandbox, so consoles are refused",
    "a sandbox around each workspace",
    "memory, processors and processes held by the kernel",
    "an account of its own for each workspace, and disk space held by the file system",
)
"""By level; each from 1 on holds what the one before does as well."""


def held(level: int) -> str:
    """Return all that a machine of `level` promises."""
    return "; ".join(PROMISES[1 : level + 1]) or PROMISES[0]
