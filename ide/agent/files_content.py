"""The content of files: reading with its kind and etag, and writing without ever half a file.

An etag is the first 32 hex digits of the content's SHA-256, so that two devices that hold the same
bytes agree. Over MAX_HASHED_BYTES it is made of size, time and inode instead: such a file is not
edited here, and hashing it (it may be sparse) would take longer than anybody waits.
"""

import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Final, Self

from ide.agent.files_paths import Home, RefusalError, require_folder, require_regular, shown
from ide.agent.files_tree import rename_new
from ide.wire.limits import FILE_CHUNK_BYTES, MAX_EDITABLE_BYTES

MAX_HASHED_BYTES: Final = 64 * 1024 * 1024
MAX_PICTURE_BYTES: Final = 32 * 1024 * 1024
ETAG_CHARS: Final = 32
TEMPORARY_PREFIX: Final = b".ide-write-"

_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_CREATE_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PERMISSIONS: Final = 0o777

# Two saves of one file must not both find the old etag: look and rename are one step.
_commit = threading.Lock()


def _picture_type(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def _kind_of(data: bytes, *, whole: bool) -> tuple[str, str]:
    """Return content and mime of a file by its first bytes, or all of them when `whole`."""
    picture = _picture_type(data)
    if picture:
        return "image", picture
    text = b"\0" not in data
    if text and whole:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            text = False
    return ("text", "text/plain") if text else ("binary", "application/octet-stream")


def _pieces(fd: int, size: int) -> Iterator[bytes]:
    """Yield at most the first `size` bytes of a file, in chunks; fewer when it shrank."""
    at = 0
    while at < size and (data := os.pread(fd, min(FILE_CHUNK_BYTES, size - at), at)):
        at += len(data)
        yield data


def _etag(fd: int, status: os.stat_result) -> str:
    digest = hashlib.sha256()
    if status.st_size > MAX_HASHED_BYTES:
        digest.update(f"{status.st_size} {status.st_mtime_ns} {status.st_ino}".encode())
    else:
        for data in _pieces(fd, status.st_size):
            digest.update(data)
    return digest.hexdigest()[:ETAG_CHARS]


@contextlib.contextmanager
def _opened(full: bytes) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file for reading; never waits for a pipe or a device. Raises RefusalError."""
    require_regular(os.lstat(full), full)
    fd = os.open(full, _OPEN_FLAGS)
    try:
        status = os.fstat(fd)
        require_regular(status, full)
        yield fd, status
    finally:
        os.close(fd)


def etag_of(home: Home, path: bytes) -> str:
    """Return the etag of a regular file. Raises RefusalError and OSError."""
    with _opened(home.target(path)) as (fd, status):
        return _etag(fd, status)


def read(home: Home, path: bytes, stack: ExitStack) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Return `{size, etag, mode, content, mime, too_large}` and the body, open until `stack` ends.

    Size, etag and body of what can be edited come from one reading; a larger file that changes
    meanwhile gets an etag that fits neither, so a save then meets a conflict, never a loss. The
    body has exactly `size` bytes or raises OSError. Raises RefusalError and OSError.
    """
    fd, status = stack.enter_context(_opened(home.target(path)))
    size = status.st_size
    body: Iterator[bytes]
    if size <= MAX_EDITABLE_BYTES:
        pieces = list(_pieces(fd, size))
        data = b"".join(pieces)
        size, etag = len(data), hashlib.sha256(data).hexdigest()[:ETAG_CHARS]
        content, mime = _kind_of(data, whole=True)
        body = iter(pieces)
    else:
        etag = _etag(fd, status)
        content, mime = _kind_of(os.pread(fd, FILE_CHUNK_BYTES, 0), whole=False)
        body = _exactly(fd, size)
    limit = MAX_PICTURE_BYTES if content == "image" else MAX_EDITABLE_BYTES
    found = {"size": size, "etag": etag, "mode": status.st_mode & _PERMISSIONS}
    found |= {"content": content, "mime": mime, "too_large": size > limit}
    return found, body


def _exactly(fd: int, size: int) -> Iterator[bytes]:
    sent = 0
    for data in _pieces(fd, size):
        sent += len(data)
        yield data
    if sent < size:
        raise OSError("the file became shorter while it was read")


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a write: the file has this etag ("*": it exists), or it is new."""

    if_match: str | None = None
    is_new: bool = False

    @classmethod
    def of(cls, header: dict[str, Any]) -> Self:
        """Read the header. Raises RefusalError."""
        match, none_match = header.get("if_match"), header.get("if_none_match")
        if (match is not None and not isinstance(match, str)) or none_match not in {None, "*"}:
            raise RefusalError("bad_request", "if_match is an etag, if_none_match is “*”.")
        return cls(match, none_match is not None)

    def check(self, target: bytes) -> os.stat_result | None:
        """Return the status of the file that will be replaced, None for a new one.

        Raises RefusalError when the condition does not hold, or when what is there is no file or
        one that its permissions protect.
        """
        try:
            with _opened(target) as (fd, status):
                etag = _etag(fd, status) if self.if_match not in {None, "*"} else None
        except FileNotFoundError:
            if self.if_match is not None:
                raise RefusalError(
                    "changed", f"“{shown(target)}” was removed since you opened it.", etag=None
                ) from None
            return None
        if self.is_new:
            raise RefusalError("conflict", f"“{shown(target)}” exists already.")
        if etag is not None and etag != self.if_match:
            raise RefusalError(
                "changed", f"“{shown(target)}” was changed since you opened it.", etag=etag
            )
        if not os.access(target, os.W_OK):
            raise RefusalError(
                "forbidden", f"“{shown(target)}” is read-only. In a console: chmod u+w"
            )
        return status


def write(
    home: Home,
    path: bytes,
    condition: Condition,
    body: Iterator[bytes],
    working: Callable[[], AbstractContextManager[None]],
) -> dict[str, Any]:
    """Replace or make a file with `body` and return `{etag, size}`.

    Through a link its target is written. The old content stays until all of the new is on the
    disk, its permissions are kept. Raises RefusalError and OSError, with the old content intact
    and nothing left beside it.
    """
    target = home.target(path)
    require_folder(os.path.dirname(target))
    condition.check(target)
    temporary = os.path.join(
        os.path.dirname(target), TEMPORARY_PREFIX + secrets.token_hex(8).encode()
    )
    digest, size = hashlib.sha256(), 0
    fd = os.open(temporary, _CREATE_FLAGS, 0o666)
    try:
        for data in body:
            _write_all(fd, data)
            digest.update(data)
            size += len(data)
        with working():
            os.fsync(fd)
            _commit_file(fd, temporary, target, condition)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    finally:
        os.close(fd)
    return {"etag": digest.hexdigest()[:ETAG_CHARS], "size": size}


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _commit_file(fd: int, temporary: bytes, target: bytes, condition: Condition) -> None:
    with _commit:
        replaced = condition.check(target)
        if replaced is not None:
            os.fchmod(fd, replaced.st_mode & _PERMISSIONS)
            os.rename(temporary, target)
        elif condition.is_new:
            rename_new(temporary, target)
        else:
            os.rename(temporary, target)
    folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
