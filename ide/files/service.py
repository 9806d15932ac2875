"""Asking the file worker of a workspace, one stream a request.

The worker runs beside the user's programs and is not trusted: what it answers is bounded, timed
and checked. Bodies pass in pieces of FILE_CHUNK_BYTES, never as a whole.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import ValidationError

from ide import errors
from ide.files import schemas
from ide.wire import files as wire
from ide.wire import limits
from ide.wire.frames import BadFrameError

WORK_SECONDS: Final = 600.0
"""Longest that the worker may say "still working" before it answers."""

_Answer = TypeVar("_Answer", bound=schemas.Answer)


class Opener(Protocol):
    """Who opens streams to the worker: `ide.workspaces.keepers.Keeper`."""

    def open_files(self) -> socket.socket:
        """Return a connected stream. Raises UnavailableError."""


class _Stream:
    """One request to the worker. A context manager that closes the stream."""

    def __init__(self, opener: Opener) -> None:
        self._socket = opener.open_files()
        self._socket.settimeout(limits.FILE_STALL_SECONDS)
        self._reader = wire.Reader(self._receive)
        self._until = time.monotonic() + WORK_SECONDS
        self.close = self._socket.close

    def _receive(self, count: int) -> bytes:
        if time.monotonic() > self._until:
            raise TimeoutError("the worker did not come to an end")
        return self._socket.recv(count)

    def send(self, data: bytes) -> None:
        """Send all of it, or nothing more once the worker left: its answer says why."""
        view = memoryview(data)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while view:
                view = view[self._socket.send(view) :]

    def is_answered(self) -> bool:
        """Whether something waits to be read: an answer, or the end of the stream."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def answer(self, kind: type[_Answer]) -> _Answer:
        """Return the worker's answer. Raises what it refused with, or UnavailableError."""
        value = self._reader.header()
        try:
            if value.get("ok") is True:
                return kind.model_validate(value)
            refusal = schemas.Refusal.model_validate(value)
        except ValidationError:
            raise BadFrameError("the worker's answer has the wrong shape") from None
        detail = {"etag": refusal.detail.etag} if refusal.code == "changed" else {}
        raise errors.by_code(refusal.code)(refusal.message, **detail)

    def body(self, size: int) -> Iterator[bytes]:
        """Yield exactly `size` bytes, however long that takes while bytes come.

        Raises CutOffError when there are fewer or more, TimeoutError when nothing comes.
        """
        for data in self._reader.body():
            self._until = time.monotonic() + WORK_SECONDS
            size -= len(data)
            if size < 0:
                break
            yield data
        if size:
            raise wire.CutOffError("the file is not as long as announced")

    def body_up_to(self, most: int) -> Iterator[bytes]:
        """Yield a body of a length that nobody knows. Raises as `body` does, here over `most`."""
        for data in self._reader.body():
            self._until = time.monotonic() + WORK_SECONDS
            most -= len(data)
            if most < 0:
                raise wire.CutOffError("the archive is longer than it can be")
            yield data


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn a lost, silent or senseless worker into UnavailableError."""
    try:
        yield
    except TimeoutError:
        raise errors.UnavailableError(
            "The workspace's files do not answer. It may be very busy; please try again."
        ) from None
    except (OSError, BadFrameError):
        raise errors.UnavailableError(
            "The workspace's files were interrupted. Nothing half is left; please try again."
        ) from None


def ask(opener: Opener, kind: type[_Answer], op: str, ref: str, **fields: Any) -> _Answer:
    """Return the answer to a request without a body. Raises IdeError."""
    with _told(), contextlib.closing(_Stream(opener)) as stream:
        stream.send(wire.pack_header({"op": op, "ref": ref, **fields}))
        return stream.answer(kind)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read. `close` must be called, also when `body` was not used."""

    about: schemas.Reading
    body: Iterator[bytes]
    close: Callable[[], None]


def read(opener: Opener, ref: str) -> Opened:
    """Open a file; its body raises OSError when it breaks off. Raises IdeError."""
    stream = _Stream(opener)
    try:
        with _told():
            stream.send(wire.pack_header({"op": "read", "ref": ref}))
            about = stream.answer(schemas.Reading)
    except BaseException:
        stream.close()
        raise
    return Opened(about, stream.body(about.size), stream.close)


@dataclass(frozen=True, slots=True)
class Zip:
    """A zip that is being made. `close` must be called, and ends that."""

    body: Iterator[bytes]
    close: Callable[[], None]


def archive(opener: Opener, refs: list[str], most_bytes: int) -> Zip:
    """Have a zip made of what lies at `refs`, of at most `most_bytes` before they are compressed.

    Its body raises OSError when it breaks off. Raises IdeError.
    """
    stream = _Stream(opener)
    try:
        with _told():
            request = {"op": "archive", "refs": refs, "max_bytes": most_bytes}
            stream.send(wire.pack_header(request))
            stream.answer(schemas.Archived)
    except BaseException:
        stream.close()
        raise
    return Zip(stream.body_up_to(_most_zipped(most_bytes)), stream.close)


def _most_zipped(size: int) -> int:
    """Return what files of that size can take in a zip at most: some do not compress at all.

    Each name stands there twice, what surrounds it is smaller, and what is missing is told.
    """
    return size + (size >> 8) + 4 * limits.MAX_ARCHIVE_LIST_BYTES


def write(
    opener: Opener, ref: str, condition: dict[str, str], body: Iterable[bytes]
) -> schemas.Written:
    """Write a file from pieces of at most FILE_CHUNK_BYTES. Raises IdeError.

    When `body` raises, nothing is written; when the worker refuses, the rest is not read.
    """
    with contextlib.closing(_Stream(opener)) as stream:
        with _told():
            stream.send(wire.pack_header({"op": "write", "ref": ref, **condition}))
        for data in body:
            with _told():
                if stream.is_answered():
                    break
                stream.send(wire.pack_chunk(data))
        with _told():
            if not stream.is_answered():
                stream.send(wire.END_OF_BODY)
            return stream.answer(schemas.Written)
