"""Text in the files of a folder and below it: lines that hold it, file by file, within bounds.

No expression of a person's is run, only text is looked for, so a file costs its length and no
more. Links are not followed; folders are held open on the way down. What fills a workspace by
itself (hidden folders, packages, builds) is left out unless it is asked for.
"""

import contextlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from ide.agent.files_paths import Home, RefusalError, require_folder
from ide.agent.files_zip_walk import opened_below
from ide.wire.files import encode_ref
from ide.wire.limits import MAX_EDITABLE_BYTES, MAX_FIND_CHARS, MAX_FOUND_BYTES, MAX_FOUND_LINES

FIND_SECONDS: Final = 8.0
MAX_FILE_LINES: Final = 100
"""Of one file; the others are counted."""
MAX_DEPTH: Final = 64
"""Folders below the one that was asked for: each on the way down takes a descriptor."""
MAX_NAMES: Final = 20_000
"""Of one folder; what more it has is not looked into."""
BEFORE_CHARS, MATCH_CHARS, AFTER_CHARS = 60, 200, 160

_FILLED_BY_PROGRAMS: Final = re.compile(rb"\..*|node_modules|__pycache__|venv|dist|build|target")
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC

_Found = dict[str, Any]


class _EndError(Exception):
    """The search is over before all was looked at; the word says why."""


def find(
    home: Home, path: bytes, header: dict[str, Any], heard: Callable[[], None]
) -> dict[str, Any]:
    """Return `{files: [{ref, lines: [{line, column, before, match, after}], more}], end, skipped}`.

    `end` is "all", "lines" (MAX_FOUND_LINES, or MAX_FOUND_BYTES of answer) or "time". `skipped`
    counts files that are too large to be opened. `heard` raises ConnectionError when nobody waits.
    Raises RefusalError for a text that cannot be looked for and a folder that is not there.
    """
    search = _Search(_pattern(header), everywhere=header.get("everywhere") is True, heard=heard)
    full = home.target(path)
    require_folder(full)
    folder = opened_below(home.root, full[len(home.root) + 1 :])
    try:
        search.folder(folder, path, 0)
    except _EndError as error:
        search.end = str(error)
    finally:
        os.close(folder)
    return {"files": search.files, "end": search.end, "skipped": search.skipped}


def _pattern(header: dict[str, Any]) -> re.Pattern[str]:
    text = header.get("text")
    if not isinstance(text, str) or not 0 < len(text) <= MAX_FIND_CHARS or "\n" in text:
        raise RefusalError(
            "bad_request", f"Look for 1 to {MAX_FIND_CHARS} characters within one line."
        )
    return re.compile(re.escape(text), 0 if header.get("case") is True else re.IGNORECASE)


class _Search:
    """One search, and what it has found so far."""

    def __init__(
        self, pattern: re.Pattern[str], *, everywhere: bool, heard: Callable[[], None]
    ) -> None:
        self._pattern, self._everywhere, self._heard = pattern, everywhere, heard
        self._until = time.monotonic() + FIND_SECONDS
        self._lines = self._bytes = 0
        self.files: list[_Found] = []
        self.end, self.skipped = "all", 0

    def folder(self, fd: int, path: bytes, depth: int) -> None:
        """Look into the files of an open folder, then into its folders."""
        inner: list[bytes] = []
        for name, is_folder in _names(fd):
            if is_folder and (self._everywhere or not _FILLED_BY_PROGRAMS.fullmatch(name)):
                inner.append(name)
            elif not is_folder:
                self._in_time()
                self._look(fd, name, os.path.join(path, name))
        for name in inner if depth < MAX_DEPTH else ():
            self._heard()
            self._in_time()
            with contextlib.suppress(OSError):  # gone, or not to be read
                below = os.open(name, _FOLDER_FLAGS, dir_fd=fd)
                try:
                    self.folder(below, os.path.join(path, name), depth + 1)
                finally:
                    os.close(below)

    def _look(self, folder: int, name: bytes, path: bytes) -> None:
        found: _Found = {"ref": encode_ref(path), "lines": [], "more": 0}
        for line in _lines(self._pattern, self._text(folder, name)):
            self._in_time()
            if len(found["lines"]) == MAX_FILE_LINES:
                found["more"] += 1
                continue
            if not found["lines"]:
                self.files.append(found)
                self._bytes += 3 * len(path)
            found["lines"].append(line)
            self._take(line)

    def _in_time(self) -> None:
        if time.monotonic() > self._until:
            raise _EndError("time")

    def _take(self, line: _Found) -> None:
        self._lines += 1
        # What JSON makes of a character has at most twelve bytes.
        self._bytes += 100 + 12 * sum(len(line[part]) for part in ("before", "match", "after"))
        if self._lines >= MAX_FOUND_LINES or self._bytes > MAX_FOUND_BYTES:
            raise _EndError("lines")

    def _text(self, folder: int, name: bytes) -> str:
        """Return a text file's text, "" for anything else."""
        try:
            fd = os.open(name, _FILE_FLAGS, dir_fd=folder)
        except OSError:
            return ""
        try:
            status = os.fstat(fd)
            is_small = status.st_size <= MAX_EDITABLE_BYTES
            if not stat.S_ISREG(status.st_mode) or not is_small:
                self.skipped += not is_small
                return ""
            data = os.pread(fd, MAX_EDITABLE_BYTES, 0)
            return "" if b"\0" in data else data.decode()
        except (OSError, UnicodeDecodeError):
            return ""
        finally:
            os.close(fd)


def _names(fd: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the names in an open folder in their order, and whether each is a folder."""
    names: list[tuple[bytes, bool]] = []
    with contextlib.closing(os.scandir(fd)) as scan:
        for entry in scan:
            if len(names) == MAX_NAMES:
                break
            names.append((os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)))
    return iter(sorted(names))


def _lines(pattern: re.Pattern[str], text: str) -> Iterator[_Found]:
    """Yield each line with a match once, with the first of them."""
    number, at, end = 1, 0, -1
    for match in pattern.finditer(text):
        if match.start() <= end:
            continue
        number += text.count("\n", at, match.start())
        at = match.start()
        begin = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield {
            "line": number,
            "column": len(text[begin:at].encode("utf-16-le", "surrogatepass")) // 2,
            "before": text[max(begin, at - BEFORE_CHARS) : at],
            "match": match.group()[:MATCH_CHARS],
            "after": text[match.end() : min(end, match.end() + AFTER_CHARS)].rstrip("\r"),
        }
