"""What a keeper's log folder holds, read without changing anything in it."""

import contextlib
import os
import re
from pathlib import Path

from ide.keeper import packing
from tests.waiting import wait_until

_TRIES = 5
_NAME = re.compile(r"([0-9]{20})(?:-([0-9]{20}))?\.(raw|packed)")


def pieces(folder: Path) -> list[tuple[int, int, Path]]:
    """Return (first, end, path) of what is there, ascending; of doubles the packed one."""
    found: dict[int, tuple[int, int, Path]] = {}
    for path in sorted(folder.glob("*"), reverse=True):  # 1.raw before 1-2.packed
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        first = int(match[1])
        try:
            end = int(match[2]) if match[2] else first + path.stat().st_size
        except FileNotFoundError:
            continue  # packed just now
        found[first] = (first, end, path)
    return sorted(found.values())


def head(folder: Path) -> int:
    """Return the offset where the log ends."""
    return max((end for _, end, _ in pieces(folder)), default=0)


def content(folder: Path) -> tuple[int, bytes]:
    """Return where the log begins, and all of it. Asserts that there is no gap in it.

    A folder that changes while it is looked at is looked at again.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError, AssertionError):
            return _content(folder)
    return _content(folder)


def _content(folder: Path) -> tuple[int, bytes]:
    parts, at = [], None
    for first, end, path in pieces(folder):
        assert at in (None, first), f"a gap or an overlap at {at}, {first}"
        data = _plain(path, end - first)
        assert len(data) == end - first, path
        parts.append(data)
        at = end
    whole = b"".join(parts)
    return (at or 0) - len(whole), whole


def _plain(path: Path, length: int) -> bytes:
    if path.suffix == ".raw":
        with path.open("rb") as file:
            return file.read(length)  # it may have grown since
    fd = os.open(path, os.O_RDONLY)
    try:
        data = bytearray()
        while len(data) < length:
            block = packing.read(fd, len(data), packing.BLOCK_BYTES)
            assert block, path
            data += block
        return bytes(data)
    finally:
        os.close(fd)


def wait_until_the_screen_is_back(folder: Path) -> None:
    """Wait for what a keeper does first: killed three times in the midst of it, it gives up."""
    wait_until(lambda: not (folder / "rebuilding").exists(), 60)
