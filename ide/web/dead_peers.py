"""Noticing that nobody is at the other end of a connection any more: what froze says nothing."""

import socket
from typing import Final

from ide.wire import limits

_USER_TIMEOUT_MS: Final = int(limits.DEAD_AFTER_SECONDS * 1000)


def notice_death(connection: socket.socket) -> None:
    """Have the kernel end a TCP connection whose other end takes or answers nothing for 45 s.

    A tablet in the background does neither, and would hold what it has here for ever.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
