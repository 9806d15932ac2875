"""A WebSocket whose two directions may be used by two threads at once.

simple-websocket's own `send` writes without a lock and without minding a partial write, so a pong
that meets a blocked send lands inside a frame. Here every write is one `sendall` under one lock,
and the receiving thread of the library is not started: this module reads, with a bound on what it
holds.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from simple_websocket import Server
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from ide.errors import BadRequestError
from ide.wire import limits

RECEIVE_BYTES: Final = 64 * 1024
SEND_SECONDS: Final = 60
"""No byte taken by the other side for so long: the stream is dead."""
USER_TIMEOUT_MS: Final = int(limits.DEAD_AFTER_SECONDS * 1000)
MAX_REASON_BYTES: Final = 120


class BadMessageError(Exception):
    """The browser sent what is not a frame: text, or more than the maximum."""


class IdleThread:
    """Stands for the library's receiving thread and never runs it."""

    def __init__(self, target: Callable[[], None]) -> None:
        self.target = target
        self.name = "idle"

    def start(self) -> None:
        """Do nothing: Stream.receive reads."""


SERVER_OPTIONS: Final[dict[str, Any]] = {
    "subprotocols": [limits.SUBPROTOCOL],
    "receive_bytes": RECEIVE_BYTES,
    "max_message_size": limits.MAX_CLIENT_FRAME_BYTES,
    "ping_interval": None,
    "thread_class": IdleThread,
}


def prepare(environ: dict[str, Any]) -> None:
    """Make an upgrade request fit, before the handshake. Raises BadRequestError when it cannot.

    Compression is not offered on: it would cost several times the relay's own work and share state
    between the two directions.
    """
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    offered = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(",")
    if (
        environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13"
        or not environ.get("HTTP_SEC_WEBSOCKET_KEY")
        or limits.SUBPROTOCOL not in {name.strip() for name in offered}
    ):
        raise BadRequestError(f"This is a WebSocket of the protocol {limits.SUBPROTOCOL}.")


class Stream:
    """The browser's end of a link. `send`, `close` and `abort` may come from any thread."""

    def __init__(self, server: Server) -> None:
        self._protocol = server.ws
        self._socket: socket.socket = server.sock
        self._server = server
        self._lock = threading.Lock()
        self._tune()

    def send(self, messages: Iterable[bytes]) -> None:
        """Write binary messages, waiting for a slow browser. Raises OSError when it is gone."""
        with self._lock:
            self._write(BytesMessage(data=message) for message in messages)

    def receive(self) -> Iterator[bytes]:
        """Yield the browser's messages, one held at a time, until it closes or is gone.

        Raises BadMessageError. Pings are answered on the way.
        """
        held = bytearray()
        while data := self._receive():
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                match event:
                    case BytesMessage():
                        held += event.data
                        if len(held) > limits.MAX_CLIENT_FRAME_BYTES:
                            raise BadMessageError("a frame is over the maximum")
                        if event.message_finished:
                            yield bytes(held)
                            held.clear()
                    case TextMessage():
                        raise BadMessageError("a frame is binary")
                    case Ping():
                        with self._lock:
                            self._write([event.response()])
                    case CloseConnection():
                        with self._lock:
                            self._write([event.response()])
                        return

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, once; does not wait longer than a second for a blocked send."""
        text = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        if not self._lock.acquire(timeout=1.0):
            return
        try:
            self._write([CloseConnection(code, text)])
        except OSError:
            pass  # gone already: there is nobody to say it to
        finally:
            self._lock.release()

    def drain(self, seconds: float) -> None:
        """Read and forget until the browser answered the goodbye, so that it gets to read it."""
        self._socket.settimeout(seconds)
        try:
            while self._receive():
                pass
        finally:
            self._socket.settimeout(None)

    def abort(self) -> None:
        """Cut the connection; wakes whoever reads or writes."""
        self._server.connected = False  # flask-sock closes once more, and this makes it a no-op
        with contextlib.suppress(OSError):  # cut already
            self._socket.shutdown(socket.SHUT_RDWR)

    def _write(self, events: Iterable[Event]) -> None:
        try:
            data = b"".join(self._protocol.send(event) for event in events)
        except LocalProtocolError as error:  # after the goodbye
            raise ConnectionResetError("the link is closed") from error
        self._socket.sendall(data)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except OSError:
            return b""

    def _tune(self) -> None:
        self._socket.settimeout(None)
        limit = struct.pack("ll", SEND_SECONDS, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if self._socket.family == socket.AF_UNIX:
            return
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A tablet that froze takes nothing and says nothing; its thread must come back.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
