"""The keeper's unix socket: who may connect is the file's mode, what they may do is the GRANT's."""

import asyncio
import os
import socket
from typing import Final

from ide.keeper.calls import Calls
from ide.keeper.config import Config
from ide.keeper.connection import UnixConnection
from ide.keeper.keeper import Keeper
from ide.keeper.web_connection import WebConnection

_BACKLOG: Final = 64
_MAX_CONNECTIONS: Final = 128


class Server:
    """Accepts connections for a keeper."""

    def __init__(self, loop: asyncio.AbstractEventLoop, keeper: Keeper) -> None:
        self._loop, self._keeper = loop, keeper
        self._calls = Calls(keeper)
        self._sock = _listen(keeper.config)
        self._connections: set[UnixConnection] = set()
        loop.add_reader(self._sock.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except OSError:
            return
        self._connections = {one for one in self._connections if not one.closed}
        if len(self._connections) >= _MAX_CONNECTIONS:
            sock.close()
            return

        def receiver(connection: UnixConnection) -> WebConnection:
            return WebConnection(self._loop, self._keeper, self._calls, connection)

        self._connections.add(UnixConnection(self._loop, sock, receiver))

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        for connection in self._connections:
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
