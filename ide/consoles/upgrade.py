"""The upgrade of a browser's request to a WebSocket, and what the web still does with it then.

flask-sock does the handshake. The library's receiving thread is not started and its `send` not used
for frames: the keeper gets the socket.
"""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from simple_websocket import Server
from wsproto.events import CloseConnection

from ide.errors import BadRequestError
from ide.web.dead_peers import notice_death
from ide.wire import limits

MAX_REASON_BYTES: Final = 120
_RECEIVE_BYTES: Final = 4096
_REFUSED_SECONDS: Final = 1.0


class IdleThread:
    """Stands for the library's receiving thread and never runs it."""

    def __init__(self, target: Callable[[], None]) -> None:
        self.target = target
        self.name = "idle"

    def start(self) -> None:
        """Do nothing: the keeper reads."""


SERVER_OPTIONS: Final[dict[str, Any]] = {
    "subprotocols": [limits.SUBPROTOCOL],
    "receive_bytes": _RECEIVE_BYTES,
    "max_message_size": limits.MAX_CLIENT_FRAME_BYTES,
    "ping_interval": None,
    "thread_class": IdleThread,
}


def prepare(environ: dict[str, Any]) -> None:
    """Make an upgrade request fit, before the handshake. Raises BadRequestError when it cannot.

    Compression is not offered on: it would cost several times the keeper's own work.
    """
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    offered = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(",")
    if (
        environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13"
        or not environ.get("HTTP_SEC_WEBSOCKET_KEY")
        or limits.SUBPROTOCOL not in {name.strip() for name in offered}
    ):
        raise BadRequestError(f"This is a WebSocket of the protocol {limits.SUBPROTOCOL}.")


class Browser:
    """The browser's socket, open and agreed on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._socket: socket.socket = server.sock
        self._tune()

    def fileno(self) -> int:
        """Return the fd, to hand over."""
        return self._socket.fileno()

    def refuse(self, code: int, reason: str) -> None:
        """Close it instead of handing it over; waits a second for the browser to read why."""
        text = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        deadline = time.monotonic() + _REFUSED_SECONDS
        with contextlib.suppress(OSError):  # gone already: there is nobody to say it to
            self._socket.settimeout(_REFUSED_SECONDS)
            self._socket.sendall(self._server.ws.send(CloseConnection(code, text)))
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(_RECEIVE_BYTES):
                    break
        self.cut()

    def cut(self) -> None:
        """Cut the connection, whoever else holds the socket. Does not block."""
        self._server.connected = False  # flask-sock closes once more, and this makes it a no-op
        with contextlib.suppress(OSError):  # cut already
            self._socket.shutdown(socket.SHUT_RDWR)

    def _tune(self) -> None:
        if self._socket.family == socket.AF_UNIX:
            return
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        notice_death(self._socket)
