"""The web's way to a workspace's keeper: calls, file streams and links over its unix socket."""

import array
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import Any, Final, Protocol

from flask import current_app

from ide import errors
from ide.guard.grant import Grant
from ide.web import current
from ide.web.log import server_log
from ide.wire import frames, limits, stream
from ide.wire.frames import Kind

CALL_SECONDS: Final = 30.0
"""Longest wait for a reply: the first one of a workspace starts its sandbox."""
CONNECT_SECONDS: Final = 5.0
_MAX_FDS: Final = 4
_MAX_WAKING: Final = 8


class Places(Protocol):
    """Who starts keepers: the supervisor (`ide.placement.client`)."""

    def ensure(self, workspace: str) -> Path:
        """Return the path of the workspace's keeper once it listens. Raises UnavailableError."""

    def version(self) -> dict[str, Any]:
        """Return what the supervisor found out about this machine. Raises UnavailableError."""


class Keeper:
    """The keeper of one workspace, asked with one grant. Every use is a connection of its own."""

    def __init__(self, runtime: Path, places: Places, grant: Grant, *, reads: bool = False) -> None:
        """With `reads` its file streams are for looking alone, see `reading_keeper`."""
        self._runtime = runtime
        self._places = places
        self.grant = grant
        self._files_args = {"reads": True} if reads else {}

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """Return the value of a call. Raises what the keeper named, and UnavailableError."""
        value, taken = self._ask(op, args)
        for handle in taken:
            socket.close(handle)
        return value

    def open_files(self) -> socket.socket:
        """Return a stream to the file worker; the caller closes it and sets its time limits.

        Raises UnavailableError; SandboxError when no sandbox can be made here.
        """
        return self.open_stream("files.open", self._files_args)[1]

    def open_stream(self, op: str, args: dict[str, Any]) -> tuple[dict[str, Any], socket.socket]:
        """Return the value of a call and the stream that comes with it, as `open_files` does."""
        value, taken = self._ask(op, args)
        for surplus in taken[1:]:
            socket.close(surplus)
        if not taken:
            raise errors.UnavailableError("This did not open. Please try again.")
        return value, socket.socket(fileno=taken[0])

    def hand_over(self, browser: int) -> socket.socket:
        """Give the socket behind this fd, a WebSocket after its handshake, to the keeper.

        Returns the connection whose end tells that the link is over; receiving on it blocks. The fd
        stays the caller's, but only the keeper reads and writes on it. Raises UnavailableError.
        """
        connection = self._connect()
        try:
            message = stream.prefixed(frames.encode(Kind.HANDOVER, 0))
            socket.send_fds(connection, [message], [browser])
            connection.settimeout(None)
        except OSError as error:
            connection.close()
            raise _gone() from error
        return connection

    def _connect(self) -> socket.socket:
        """Connect and hand over the grant, having the keeper started when it does not listen."""
        usual = self._runtime / self.grant.workspace / "keeper.sock"
        try:
            return self._open(usual)
        except OSError:
            place = self._places.ensure(self.grant.workspace)
        try:
            return self._open(place)
        except OSError as error:
            raise _gone() from error

    def _open(self, path: Path) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(str(path))
            connection.sendall(_message(Kind.GRANT, self.grant.to_json()))
        except BaseException:
            connection.close()
            raise
        return connection

    def _ask(self, op: str, args: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        number = secrets.randbits(31)
        taken: list[int] = []
        try:
            with self._connect() as connection:
                connection.sendall(_message(Kind.CALL, {"id": number, "op": op, "args": args}))
                reply = _reply(connection, number, taken)
            return _value(reply), taken
        except (OSError, frames.BadFrameError) as error:
            _close(taken)
            raise _gone() from error
        except errors.IdeError:
            _close(taken)
            raise


def keeper() -> Keeper:
    """Return the keeper of the workspace that the gate granted to this request."""
    return keeper_for(current.grant())


def reading_keeper() -> Keeper:
    """Return it for a request that pages make by themselves, and that changes nothing.

    A workspace that its owner stopped is not started for it: its file streams raise StoppedError.
    """
    return keeper_for(current.grant(), reads=True)


def keeper_for(grant: Grant, *, reads: bool = False) -> Keeper:
    """Return the keeper of the workspace of `grant`."""
    places: Places = current_app.extensions["ide.places"]
    return Keeper(current.settings().runtime, places, grant, reads=reads)


def machine_facts() -> dict[str, Any]:
    """Return what the supervisor found out about the machine (`version` of docs/protocol.md).

    Raises UnavailableError.
    """
    places: Places = current_app.extensions["ide.places"]
    return places.version()


class Waker:
    """Starts workspaces ahead of their first request; at most one try each at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trying: set[str] = set()

    def wake(self, keeper: Keeper) -> None:
        """Have keeper and sandbox started, without waiting. What fails is said by who asks next.

        What its owner stopped stays stopped.
        """
        workspace = keeper.grant.workspace
        with self._lock:
            if workspace in self._trying or len(self._trying) >= _MAX_WAKING:
                return
            self._trying.add(workspace)
        threading.Thread(target=self._try, args=(keeper,), name="waker", daemon=True).start()

    def _try(self, keeper: Keeper) -> None:
        try:
            keeper.call("workspace.wake", {"for": "page"})
        except errors.IdeError as error:
            server_log().warning("workspace_not_woken", code=error.code)
        finally:
            with self._lock:
                self._trying.discard(keeper.grant.workspace)


def _message(kind: Kind, value: dict[str, Any]) -> bytes:
    return stream.prefixed(frames.encode(kind, 0, frames.pack_json(value)))


def _reply(connection: socket.socket, number: int, taken: list[int]) -> dict[str, Any]:
    """Read frames until the reply; EVENT frames come first. `taken` gets the fds that arrive."""
    splitter = stream.Splitter()
    deadline = time.monotonic() + CALL_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        data = _receive(connection, taken)
        if not data:
            raise ConnectionResetError("the keeper closed the connection")
        for message in splitter.feed(data):
            frame = frames.decode(message, limits.MAX_STREAM_MESSAGE_BYTES)
            if frame.kind == Kind.REPLY:
                reply = frames.unpack_json(frame.payload, limits.MAX_STREAM_MESSAGE_BYTES)
                if reply.get("id") == number:
                    return reply
    raise TimeoutError("the keeper did not answer")


def _receive(connection: socket.socket, taken: list[int]) -> bytes:
    room = socket.CMSG_SPACE(_MAX_FDS * array.array("i").itemsize)
    data, ancillary, _flags, _address = connection.recvmsg(
        limits.FILE_CHUNK_BYTES, room, socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, raw in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            arrived = array.array("i")
            arrived.frombytes(raw[: len(raw) - len(raw) % arrived.itemsize])
            taken.extend(arrived)
    return data


def _value(reply: dict[str, Any]) -> dict[str, Any]:
    if reply.get("ok") is True:
        value = reply.get("value")
        return value if isinstance(value, dict) else {}
    detail = reply.get("detail")
    raise errors.by_code(str(reply.get("code")))(
        str(reply.get("message", ""))[:2000], **(detail if isinstance(detail, dict) else {})
    )


def _close(handles: list[int]) -> None:
    for handle in handles:
        socket.close(handle)


def _gone() -> errors.UnavailableError:
    return errors.UnavailableError(
        "The workspace does not answer at this moment. Programs in it are not touched;"
        " please try again."
    )
