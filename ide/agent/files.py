"""The file worker: answers file requests inside the sandbox, as the user whose files they are.

`work` is the loop of the worker's process, `serve` answers one request on one stream. Framing is
ide.wire.files; docs/protocol.md, "File requests", lists the requests. Whoever asks is a trusted
process outside, yet nothing here may hang: every wait on the stream ends after FILE_STALL_SECONDS.
"""

import array
import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from ide.agent import files_archive, files_content, files_find, files_tree
from ide.agent.files_paths import Home, RefusalError, path_of, paths_of, refusal_of
from ide.wire import files as wire
from ide.wire.frames import BadFrameError
from ide.wire.limits import FILE_CHUNK_BYTES, FILE_STALL_SECONDS, MAX_LIST_ENTRIES

MAX_THREADS: Final = 16
MAX_WAITING: Final = 64
"""Requests that are served or wait for a thread; another one is refused at once."""
BEAT_SECONDS: Final = 5.0
MAX_FINDING: Final = 3
"""Searches at once: each keeps a processor busy."""

_FD_BYTES: Final = array.array("i").itemsize

_finding = threading.BoundedSemaphore(MAX_FINDING)

Value = dict[str, Any]
Answer = tuple[Value, Iterable[bytes] | None]


class Exchange:
    """One request on one stream: reading it, answering it, saying that it takes a while."""

    def __init__(self, stream: socket.socket) -> None:
        stream.settimeout(FILE_STALL_SECONDS)
        self._stream = stream
        self._reader = wire.Reader(stream.recv)
        self.header = self._reader.header
        self.body = self._reader.body
        self.stack = contextlib.ExitStack()

    def send(self, data: bytes) -> None:
        """Send all of `data`; each piece may take FILE_STALL_SECONDS. Raises OSError."""
        view = memoryview(data)
        while view:
            view = view[self._stream.send(view) :]

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While this is open the other side is told every BEAT_SECONDS that somebody works."""
        done = threading.Event()

        def beat() -> None:
            with contextlib.suppress(OSError):
                while not done.wait(BEAT_SECONDS):
                    self.send(wire.STILL_WORKING)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def heard(self) -> None:
        """Raise ConnectionError when nobody listens any more."""
        poll = select.poll()
        poll.register(self._stream, 0)
        if poll.poll(0):  # what is always told: that the other side hung up
            raise ConnectionResetError

    def drain(self) -> None:
        """Take what is still being sent, until the other side has read the answer and closes."""
        while self._stream.recv(FILE_CHUNK_BYTES):
            pass


def _list(home: Home, header: Value, _exchange: Exchange) -> Answer:
    after = path_of(header, "after") if header.get("after") else None
    limit = header.get("limit", MAX_LIST_ENTRIES)
    if not isinstance(limit, int):
        raise RefusalError("bad_request", "limit is a whole number.")
    return files_tree.list_folder(home, path_of(header), after, limit), None


def _stat(home: Home, header: Value, exchange: Exchange) -> Answer:
    path = path_of(header)
    full = home.entry(path) if path else home.root
    found = files_tree.entry_of(home, full, path)
    if found["kind"] == "file":
        with exchange.working():
            found["etag"] = files_content.etag_of(home, path)
    return found, None


def _read(home: Home, header: Value, exchange: Exchange) -> Answer:
    with exchange.working():
        return files_content.read(home, path_of(header), exchange.stack)


def _write(home: Home, header: Value, exchange: Exchange) -> Answer:
    condition = files_content.Condition.of(header)
    path = path_of(header)
    return files_content.write(home, path, condition, exchange.body(), exchange.working), None


def _mkdir(home: Home, header: Value, _exchange: Exchange) -> Answer:
    return files_tree.make_folder(home, path_of(header)), None


def _remove(home: Home, header: Value, exchange: Exchange) -> Answer:
    with exchange.working():
        recursive = header.get("recursive") is True
        return files_tree.remove(home, path_of(header), recursive=recursive), None


def _move(home: Home, header: Value, _exchange: Exchange) -> Answer:
    return files_tree.move(home, path_of(header), path_of(header, "to")), None


def _archive(home: Home, header: Value, exchange: Exchange) -> Answer:
    paths, most = paths_of(header), header.get("max_bytes")
    if not isinstance(most, int):
        raise RefusalError("bad_request", "max_bytes is a whole number.")
    with exchange.working():
        value, body = files_archive.archive(home, paths, most, exchange.heard)
    exchange.stack.callback(body.close)
    return value, body


def _find(home: Home, header: Value, exchange: Exchange) -> Answer:
    if not _finding.acquire(blocking=False):
        raise RefusalError("too_many", "Other searches are under way here. Try again in a moment.")
    try:
        with exchange.working():
            return files_find.find(home, path_of(header), header, exchange.heard), None
    finally:
        _finding.release()


_OPERATIONS: Final[dict[str, Callable[[Home, Value, Exchange], Answer]]] = {
    "list": _list,
    "stat": _stat,
    "read": _read,
    "write": _write,
    "mkdir": _mkdir,
    "remove": _remove,
    "move": _move,
    "archive": _archive,
    "find": _find,
}


def _answer(home: Home, header: Value, exchange: Exchange) -> Answer:
    """Do what the header asks. Raises RefusalError, and ConnectionError of the stream."""
    operation = _OPERATIONS.get(str(header.get("op")))
    if operation is None:
        raise RefusalError("bad_request", "The file worker does not know this request.")
    try:
        return operation(home, header, exchange)
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        is_taken = isinstance(error, FileExistsError) and "to" in header
        raise refusal_of(error, path_of(header, "to" if is_taken else "ref")) from error


def _exchange_once(exchange: Exchange, home: Home) -> None:
    try:
        value, body = _answer(home, exchange.header(), exchange)
    except RefusalError as error:
        refusal = {"code": error.code, "message": error.message, "detail": error.detail}
        exchange.send(wire.pack_header({"ok": False, **refusal}))
        exchange.drain()
        return
    exchange.send(wire.pack_header({"ok": True, **value}))
    if body is not None:
        for data in body:
            exchange.send(wire.pack_chunk(data))
        exchange.send(wire.END_OF_BODY)


def serve(stream_fd: int, home: str) -> None:
    """Answer the one request on a connected stream socket, and close it. Never raises OSError.

    A stream that breaks, stalls or speaks something else is closed without an answer.
    """
    with socket.socket(fileno=stream_fd) as stream:
        exchange = Exchange(stream)
        with exchange.stack, contextlib.suppress(OSError, BadFrameError):
            _exchange_once(exchange, Home(home))


def work(control: socket.socket, home: str) -> None:
    """Serve each stream that arrives on `control` (one byte and one fd a message) until it ends.

    At most MAX_THREADS at once; beyond MAX_WAITING a stream is answered `too_many`.
    """
    places = threading.BoundedSemaphore(MAX_WAITING)

    def task(stream_fd: int) -> None:
        try:
            serve(stream_fd, home)
        finally:
            places.release()

    with ThreadPoolExecutor(MAX_THREADS, "files") as pool:
        while (stream_fd := _receive_fd(control)) is not None:
            if stream_fd < 0:
                continue
            if not places.acquire(blocking=False):
                _refuse(stream_fd)
                continue
            try:
                pool.submit(task, stream_fd)
            except RuntimeError:  # no thread: the workspace is at its limit of processes
                places.release()
                _refuse(stream_fd)


def _receive_fd(control: socket.socket) -> int | None:
    """Return the next fd, -1 for a message without one, None when `control` ended."""
    data, ancillary, _flags, _address = control.recvmsg(
        1, socket.CMSG_SPACE(_FD_BYTES), socket.MSG_CMSG_CLOEXEC
    )
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(payload[: len(payload) - len(payload) % _FD_BYTES])
    for extra in fds[1:]:
        os.close(extra)
    if fds:
        return fds[0]
    return -1 if data else None


def _refuse(stream_fd: int) -> None:
    message = "Too many files are open at once in this workspace. Try again in a moment."
    with socket.socket(fileno=stream_fd) as stream, contextlib.suppress(OSError):
        stream.setblocking(False)
        answer = {"ok": False, "code": "too_many", "message": message, "detail": {}}
        stream.send(wire.pack_header(answer))
