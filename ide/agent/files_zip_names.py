"""What entries are called in an archive: UTF-8, and no two alike.

Bytes that are no UTF-8 become escapes (`caf%E9.txt`): a zip has no other way to name them.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

_NOT_TEXT: Final = re.compile("[\udc80-\udcff]")


def in_archive(base: bytes) -> str:
    """Return one name as text."""
    return _NOT_TEXT.sub(
        lambda found: f"%{ord(found[0]) - 0xDC00:02X}", base.decode("utf-8", "surrogateescape")
    )


def names_in_archive(bases: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """Yield the names of one folder with what each is called; what is text keeps its name."""
    odd = [base for base in bases if not _is_text(base)]
    taken = {base.decode() for base in bases if _is_text(base)} if odd else set()
    called: dict[bytes, str] = {}
    for base in odd:
        called[base] = unused(in_archive(base), taken)
        taken.add(called[base])
    for base in bases:
        yield base, called.get(base) or base.decode()


def _is_text(base: bytes) -> bool:
    try:
        base.decode()
    except UnicodeDecodeError:
        return False
    return True


def unused(name: str, taken: set[str]) -> str:
    """Return `name`, or with a number before its ending when it is taken."""
    stem, ending = os.path.splitext(name)
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{stem} ({number}){ending}"
    return free


def outermost(paths: Iterable[bytes]) -> list[bytes]:
    """Return the paths in order, without those that lie in another of them."""
    kept: list[bytes] = []
    for path in sorted(set(paths), key=lambda path: path.split(b"/") if path else []):
        if not kept or not _lies_in(path, kept[-1]):
            kept.append(path)
    return kept


def _lies_in(path: bytes, folder: bytes) -> bool:
    return not folder or path.startswith(folder + b"/")


def common_folder(paths: list[bytes]) -> bytes:
    """Return the folder that all paths lie in, b"" being the home folder."""
    parents = [os.path.dirname(path).split(b"/") for path in paths]
    shared: list[bytes] = []
    for parts in zip(*parents, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return b"/".join(shared)


def printable(name: str) -> str:
    """Return a name for a line of text, one that cannot break it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)
