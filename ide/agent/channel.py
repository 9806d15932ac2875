"""One connection to a keeper: JSON in SOCK_SEQPACKET packets, with a few fds in some."""

import array
import json
import os
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any

from ide.wire.limits import MAX_AGENT_MESSAGE_BYTES

MAX_WAITING_PACKETS = 128
"""Packets the keeper has not taken yet; over this it is gone or stuck, and is dropped."""
MAX_FDS_IN_PACKET = 4


class ChannelClosedError(Exception):
    """The keeper went away, or left so much unread that it is treated as gone."""


class BadPacketError(Exception):
    """A packet that is too long, not JSON, or not an object."""


class Channel:
    """A non-blocking connection. Holds at most MAX_WAITING_PACKETS that were not taken yet."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self._waiting: deque[tuple[bytes, list[int]]] = deque()

    @property
    def waiting(self) -> int:
        """How many packets wait for the keeper."""
        return len(self._waiting)

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """Return one message and the fds that came with it, which are the caller's to close.

        Raises BlockingIOError when there is none, ChannelClosedError at the end, BadPacketError
        (its fds already closed) for one that cannot be read.
        """
        room = socket.CMSG_SPACE(MAX_FDS_IN_PACKET * array.array("i").itemsize)
        try:
            data, control, flags, _ = self.connection.recvmsg(
                MAX_AGENT_MESSAGE_BYTES, room, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            raise
        except OSError as error:
            raise ChannelClosedError from error
        fds = _fds(control)
        if not data and not fds:
            raise ChannelClosedError
        try:
            return _message(data, flags), fds
        except BadPacketError:
            close_all(fds)
            raise

    def send(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        """Send, or keep until the keeper takes it; `fds` stay the caller's.

        Raises ChannelClosedError when the keeper is gone or too much waits.
        """
        data = json.dumps(message, separators=(",", ":")).encode()
        if len(data) > MAX_AGENT_MESSAGE_BYTES:
            raise ValueError("message over the maximum")
        if not self._waiting and self._send(data, fds):
            return
        if len(self._waiting) >= MAX_WAITING_PACKETS:
            raise ChannelClosedError
        self._waiting.append((data, [os.dup(fd) for fd in fds]))

    def flush(self) -> None:
        """Send what waits, as far as the keeper takes it. Raises ChannelClosedError."""
        while self._waiting:
            data, fds = self._waiting[0]
            if not self._send(data, fds):
                return
            self._waiting.popleft()
            close_all(fds)

    def close(self) -> None:
        """Close the connection and every fd that still waited."""
        self.connection.close()
        while self._waiting:
            close_all(self._waiting.popleft()[1])

    def _send(self, data: bytes, fds: Sequence[int]) -> bool:
        control = []
        if fds:
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        try:
            self.connection.sendmsg([data], control, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except OSError as error:
            raise ChannelClosedError from error
        return True


def close_all(fds: list[int]) -> None:
    """Close each of `fds`."""
    for fd in fds:
        os.close(fd)


def _fds(control: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return list(fds)


def _message(data: bytes, flags: int) -> dict[str, Any]:
    if flags & socket.MSG_TRUNC:
        raise BadPacketError(f"packet over {MAX_AGENT_MESSAGE_BYTES} bytes")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise BadPacketError("packet is not JSON") from None
    if not isinstance(message, dict):
        raise BadPacketError("packet is not a JSON object")
    return message
