"""The keeper's unix socket: who may connect is the file's mode, what they may do is the GRANT's."""

import asyncio
import os
import socket
from typing import Final

from ide.errors import IdeError, TooManyError
from ide.keeper.calls import Calls
from ide.keeper.config import Config
from ide.keeper.connection import UnixConnection
from ide.keeper.keeper import Keeper
from ide.keeper.web_connection import WebConnection
from ide.wire.frames import BadFrameError

_BACKLOG: Final = 64
_MAX_CONNECTIONS: Final = 128
_FOR_CALLS: Final = 16
"""So many of them are never taken by links, however many pages are open."""
_REFUSED_AT_A_TIME: Final = 8
"""So many of a link's may be busy with a refusal; those beyond are cut without a word."""
_NO_ROOM_SECONDS: Final = 0.25
"""When a connection cannot be taken (no file descriptor is left), the next try is so much later."""


class Server:
    """Accepts connections for a keeper."""

    def __init__(self, loop: asyncio.AbstractEventLoop, keeper: Keeper) -> None:
        self._loop, self._keeper = loop, keeper
        self._calls = Calls(keeper)
        self._sock = _listen(keeper.config)
        self._connections: dict[UnixConnection, WebConnection] = {}
        self._again: asyncio.TimerHandle | None = None
        self._listen()

    def _listen(self) -> None:
        self._again = None
        self._loop.add_reader(self._sock.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return  # who came is gone already
        except OSError:
            self._loop.remove_reader(self._sock.fileno())
            self._again = self._loop.call_later(_NO_ROOM_SECONDS, self._listen)
            return
        self._forget_closed()
        if len(self._connections) >= _MAX_CONNECTIONS:
            sock.close()
            return

        def receiver(connection: UnixConnection) -> WebConnection:
            made = WebConnection(self._loop, self._keeper, self._calls, connection, self._refusal)
            self._connections[connection] = made
            return made

        UnixConnection(self._loop, sock, receiver)

    def _forget_closed(self) -> None:
        self._connections = {
            one: receiver for one, receiver in self._connections.items() if not one.closed
        }

    def _refusal(self) -> IdeError | None:
        """Return why no more link may open, None when one may.

        Raises BadFrameError when enough are being told so.
        """
        self._forget_closed()
        links = sum(receiver.has_link for receiver in self._connections.values())
        most = _MAX_CONNECTIONS - _FOR_CALLS
        if links >= most:
            raise BadFrameError("too many links are being refused")
        if links >= most - _REFUSED_AT_A_TIME:
            return TooManyError("This workspace is open in too many pages. Close some of them.")
        return None

    def close(self) -> None:
        """Stop listening and close every connection."""
        if self._again:
            self._again.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        for connection in list(self._connections):
            connection.close()


def _listen(config: Config) -> socket.socket:
    path = config.socket
    path.unlink(missing_ok=True)  # a killed predecessor's; the lock says that it is gone
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    sock.setblocking(False)
    before = os.umask(0o117)
    try:
        sock.bind(str(path))
    finally:
        os.umask(before)
    if config.service_gid in os.getgroups():
        os.chown(path, -1, config.service_gid)
    sock.listen(_BACKLOG)
    return sock
