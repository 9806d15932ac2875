"""The mark of a log without a gap: an empty file `whole` in its folder.

It is there for as long as no byte went unrecorded: its removal needs no room on a full disk, and
a successor that misses it begins a new epoch.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

_NAME: Final = "whole"


def is_marked(folder: Path) -> bool:
    """Whether the mark is there. Raises OSError when that cannot be seen."""
    return (folder / _NAME).exists()


def mark(folder: Path) -> bool:
    """Put the mark there; false when the disk takes nothing."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        os.close(os.open(folder / _NAME, flags, 0o600))
    except OSError:
        return False
    return True


def unmark(folder: Path) -> None:
    """Take the mark away, if that is possible."""
    with contextlib.suppress(OSError):
        (folder / _NAME).unlink(missing_ok=True)
