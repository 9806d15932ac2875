"""Folders and files as one zip, made while it is read: never as a whole in memory or on a disk.

First everything is looked at, so that what cannot be had is refused before the first byte; what
then still cannot be read is listed in the zip itself, in a text of its own. Links are kept as
links and never followed, but for those that were asked for by name and lead to what lies in the
home folder. Folders are held open on the way down, so a program that swaps them leads nowhere.
"""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

from ide.agent.files_paths import Home, RefusalError, refusal_of
from ide.agent.files_zip_names import common_folder, in_archive, outermost, printable, unused
from ide.agent.files_zip_walk import Found, found_in, opened_below, words_of
from ide.agent.zip_stream import Member, ZipStream
from ide.wire.limits import FILE_CHUNK_BYTES, MAX_ARCHIVE_ENTRIES, MAX_ARCHIVE_LIST_BYTES

MAX_TOLD: Final = 1000
"""What is missing is named in as many lines, the rest counted."""
TOLD_NAME: Final = "NOT IN THIS ARCHIVE.txt"
SEND_SECONDS: Final = 1.0
LOOK_EVERY: Final = 500
"""Entries after which it is looked whether anybody still waits."""

_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC


class _Room:
    """What still fits."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.entries = self.bytes = self._listed = 0

    def take(self, found: Found) -> None:
        """Count an entry. Raises RefusalError when it is one too many, in number or in size."""
        size = found.status.st_size if found.status and stat.S_ISREG(found.status.st_mode) else 0
        self.entries += 1
        self._listed += ZipStream.listed_bytes(found.name) + 1
        if self.entries > MAX_ARCHIVE_ENTRIES or self._listed > MAX_ARCHIVE_LIST_BYTES:
            raise RefusalError(
                "too_large",
                f"These are more than {MAX_ARCHIVE_ENTRIES:,} files and folders, or their names are"
                " very long: too many for one archive. Choose fewer, or pack them in a console.",
            )
        if self.bytes + size > self._most_bytes:
            raise RefusalError(
                "too_large",
                f"These files are larger than the {self._most_bytes} bytes that a download may"
                " have. Choose fewer, or compress them in a console.",
            )
        self.bytes += size


def archive(
    home: Home, paths: list[bytes], most_bytes: int, heard: Callable[[], None]
) -> tuple[dict[str, Any], Generator[bytes, None, None]]:
    """Return `{entries, bytes}` and the zip of what lies at `paths`, in pieces as a body has them.

    `most_bytes` is for the files together, before they are compressed; `heard` raises
    ConnectionError when nobody waits any more. Names begin below the folder that all of `paths`
    lie in. Raises RefusalError when it is too much, and when the only one of `paths` is not there
    or cannot be read; of several that is told in the zip.
    """
    chosen, folder = outermost(paths), common_folder(paths)
    room = _Room(most_bytes)
    with contextlib.closing(_walk(home, chosen, folder)) as walk:
        for found in walk:
            if found.depth == 0 and len(chosen) == 1:
                _require(found)
            room.take(found)
            if room.entries % LOOK_EVERY == 0:
                heard()
    zipped = _Zipped(_Room(most_bytes))
    body = _in_chunks(zipped.pieces(_walk(home, chosen, folder)))
    return {"entries": room.entries, "bytes": room.bytes}, body


def _walk(home: Home, chosen: list[bytes], folder: bytes) -> Generator[Found, None, None]:
    """Yield all entries, those that cannot be had with why."""
    taken: set[str] = set()
    for path in chosen:
        parts = path[len(folder) :].lstrip(b"/").split(b"/")
        name = unused("/".join(in_archive(part) for part in parts), taken)
        taken.add(name)
        try:
            parent, base = os.path.split(_led_to(home, path)[len(home.root) + 1 :])
            fd = opened_below(home.root, parent)
        except (RefusalError, OSError) as error:
            refusal = error if isinstance(error, RefusalError) else refusal_of(error, path)
            yield Found(name, -1, b"", 0, None, words_of(refusal), refusal.code)
            continue
        try:
            yield from found_in(fd, base, name, 0)
        finally:
            os.close(fd)


def _led_to(home: Home, path: bytes) -> bytes:
    """Return what a path means: a link by itself when it leads out or nowhere."""
    full = home.entry(path) if path else home.root
    real = os.path.realpath(full)
    return real if home.holds(real) and os.path.lexists(real) else full


def _require(found: Found) -> None:
    """Raise RefusalError when what was asked for by name cannot be read."""
    if found.trouble:
        raise RefusalError(found.code, f"“{printable(found.name)}” {found.trouble}")
    if found.status and stat.S_ISREG(found.status.st_mode):
        try:
            os.close(os.open(found.base, _OPEN_FLAGS, dir_fd=found.folder))
        except OSError as error:
            raise refusal_of(error, found.base) from error


class _Zipped:
    """The pieces of the zip, and what is missing in it."""

    def __init__(self, room: _Room) -> None:
        self._room = room
        self._tops: set[str] = set()
        self._zip = ZipStream()
        self._missing: list[str] = []
        self._count = 0

    def pieces(self, walk: Iterator[Found]) -> Generator[bytes, None, None]:
        """Yield the zip; nothing in the tree makes it fail, only who reads it."""
        try:
            for found in walk:
                self._tops.add(found.name.partition("/")[0])
                self._room.take(found)
                yield from self._entry(found)
        except RefusalError as error:  # it grew since it was looked at
            self._miss("Everything that would follow", str(error))
        if self._count:
            name = unused(TOLD_NAME, self._tops)
            member = Member(name, stat.S_IFREG | 0o644, time.time())
            yield self._zip.whole(member, self._told().encode())
        yield self._zip.end()

    def _entry(self, found: Found) -> Iterator[bytes]:
        status = found.status
        if status is None or found.trouble:
            self._miss(printable(found.name), found.trouble)
            return
        try:
            if stat.S_ISREG(status.st_mode):
                yield from self._file(found)
            elif stat.S_ISLNK(status.st_mode):
                target = os.readlink(found.base, dir_fd=found.folder)
                yield self._zip.whole(_member(found.name, status), os.fsencode(target))
            elif found.name:
                yield self._zip.whole(_member(found.name + "/", status))
        except OSError as error:
            self._miss(printable(found.name), words_of(refusal_of(error, b"")))

    def _file(self, found: Found) -> Iterator[bytes]:
        fd = os.open(found.base, _OPEN_FLAGS, dir_fd=found.folder)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                self._miss(printable(found.name), "became something else than a file.")
                return
            # What it had when it was looked at: one that grows all the time has an end too.
            size = min(status.st_size, found.status.st_size if found.status else 0)
            try:
                yield from self._zip.file(_member(found.name, status), size, _read(fd, size))
            except OSError as error:
                self._miss(
                    printable(found.name), f"is not whole: it {words_of(refusal_of(error, b''))}"
                )
        finally:
            os.close(fd)

    def _miss(self, name: str, reason: str) -> None:
        self._count += 1
        if len(self._missing) < MAX_TOLD:
            self._missing.append(f"{name}: {reason}")

    def _told(self) -> str:
        lines = ["These are not in this archive, or not as a whole:", "", *self._missing]
        if self._count > MAX_TOLD:
            lines.append(f"… and {self._count - MAX_TOLD} more.")
        return "\n".join([*lines, ""])


def _member(name: str, status: os.stat_result) -> Member:
    kept = stat.S_IFMT(status.st_mode) | stat.S_IMODE(status.st_mode) & 0o777
    return Member(name, kept, status.st_mtime)


def _read(fd: int, size: int) -> Iterator[bytes]:
    at = 0
    while at < size and (data := os.pread(fd, min(FILE_CHUNK_BYTES, size - at), at)):
        at += len(data)
        yield data


def _in_chunks(pieces: Generator[bytes, None, None]) -> Generator[bytes]:
    """Yield the same in chunks of a body: full ones, or what there is after SEND_SECONDS."""
    held, sent_at = bytearray(), time.monotonic()
    with contextlib.closing(pieces) as given:
        for piece in given:
            held += piece
            while len(held) >= FILE_CHUNK_BYTES:
                yield bytes(held[:FILE_CHUNK_BYTES])
                del held[:FILE_CHUNK_BYTES]
                sent_at = time.monotonic()
            if held and time.monotonic() - sent_at > SEND_SECONDS:
                yield bytes(held)
                held.clear()
                sent_at = time.monotonic()
    if held:
        yield bytes(held)
