"""Everything that lies below a folder, for an archive: from open folder to open folder.

No link is followed: each step is one name in a folder that is held open.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ide.agent.files_paths import RefusalError, kind_of, refusal_of
from ide.agent.files_zip_names import names_in_archive
from ide.wire.files import MAX_PATH_BYTES
from ide.wire.limits import MAX_ARCHIVE_ENTRIES

MAX_DEPTH: Final = 64
"""Folders below the one that was asked for: each on the way down takes a descriptor."""

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """One entry: `base` in the open folder `folder`, called `name` in the archive.

    `trouble` says why it, or what lies in it, cannot be had, and `code` the same for programs.
    """

    name: str
    folder: int
    base: bytes
    depth: int
    status: os.stat_result | None
    trouble: str = ""
    code: str = ""


def opened_below(root: bytes, path: bytes) -> int:
    """Open a folder below `root`, no part of `path` being a link. Raises OSError."""
    fd = os.open(root, _FOLDER_FLAGS)
    for part in path.split(b"/") if path else []:
        try:
            inner = os.open(part, _FOLDER_FLAGS, dir_fd=fd)
        finally:
            os.close(fd)
        fd = inner
    return fd


def found_in(folder: int, base: bytes, name: str, depth: int) -> Iterator[Found]:
    """Yield what `base` is in an open folder (b"" is that itself), then all that lies in it.

    What cannot be read comes with its trouble. Each is good until the next is asked for.
    """
    try:
        status = os.stat(base or b".", dir_fd=folder, follow_symlinks=False)
        mode = status.st_mode
        if not stat.S_ISDIR(mode):
            trouble = "" if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else _odd(mode)
            yield Found(name, folder, base, depth, status, trouble, "bad_request")
            return
        inner = os.open(base or b".", _FOLDER_FLAGS, dir_fd=folder)
    except OSError as error:
        refusal = refusal_of(error, base)
        yield Found(name, folder, base, depth, None, words_of(refusal), refusal.code)
        return
    try:
        yield Found(name, folder, base, depth, status)
        yield from _inside(inner, name, depth)
    finally:
        os.close(inner)


def words_of(refusal: RefusalError) -> str:
    """Return what a refusal says behind the name."""
    return refusal.message.partition("” ")[2] or refusal.message


def _odd(mode: int) -> str:
    return f"is {kind_of(mode)}, not a file."


def _inside(folder: int, name: str, depth: int) -> Iterator[Found]:
    prefix = f"{name}/" if name else ""
    try:
        bases, is_cut = _bases(folder)
    except OSError as error:
        words = words_of(refusal_of(error, b""))
        yield Found(prefix + "…", folder, b"", depth + 1, None, words)
        return
    for base, shown in names_in_archive(bases):
        inner = prefix + shown
        if depth >= MAX_DEPTH or len(inner.encode()) > MAX_PATH_BYTES:
            yield Found(inner, folder, base, depth + 1, None, "is nested too deeply.", "too_large")
        else:
            yield from found_in(folder, base, inner, depth + 1)
    if is_cut:
        yield Found(prefix + "…", folder, b"", depth + 1, None, "and more: too many.", "too_large")


def _bases(folder: int) -> tuple[list[bytes], bool]:
    """Return the names in a folder, in their order, and whether there are too many to hold."""
    bases: list[bytes] = []
    with contextlib.closing(os.scandir(folder)) as scan:
        for entry in scan:
            if len(bases) > MAX_ARCHIVE_ENTRIES:
                return sorted(bases), True
            bases.append(os.fsencode(entry.name))
    return sorted(bases), False
