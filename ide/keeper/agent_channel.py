"""Packets to and from the agent, which is not trusted: JSON, with at most three fds each.

They are bounded in bytes. What does not fit is dropped with its fds; an agent that keeps sending
such things is cut off.
"""

import array
import asyncio
import json
import socket
from pathlib import Path
from typing import Any, Final, Protocol

from ide.errors import UnavailableError
from ide.keeper import passed_fds
from ide.keeper.passed_fds import SESSION_FDS, WrongFdError
from ide.wire.limits import MAX_AGENT_MESSAGE_BYTES

CONNECT_SECONDS: Final = 5.0
_MESSAGES_PER_TURN: Final = 32
_MAX_FAULTS: Final = 64
_FD_BYTES: Final = array.array("i").itemsize
# The kernel closes what does not fit; padding may let one more through.
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(SESSION_FDS * _FD_BYTES)
_SEND_BYTES: Final = 4 * MAX_AGENT_MESSAGE_BYTES


class Receiver(Protocol):
    """Who gets the packets."""

    def packet_came(self, message: dict[str, Any], fds: list[int]) -> bool:
        """Handle a packet; true when its fds have found an owner. Raises WrongFdError.

        What is taken out of `fds` is the receiver's, whatever it returns.
        """

    def channel_lost(self) -> None:
        """Hear that the agent closed the connection, or was cut off. Nothing comes any more."""


async def connect(loop: asyncio.AbstractEventLoop, path: Path) -> socket.socket:
    """Return a socket of an agent. Raises OSError when none listens there, TimeoutError."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        await asyncio.wait_for(loop.sock_connect(sock, str(path)), CONNECT_SECONDS)
    except BaseException:
        sock.close()
        raise
    return sock


class AgentChannel:
    """Owns one SOCK_SEQPACKET connection."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, receiver: Receiver
    ) -> None:
        self._loop, self._sock, self._receiver = loop, sock, receiver
        self._faults = 0
        self.closed = False
        sock.setblocking(False)
        loop.add_reader(sock.fileno(), self._readable)

    def send(self, request: dict[str, Any], fd: int | None) -> None:
        """Send a request, with an `fd` that stays open here. Raises UnavailableError."""
        # Lone surrogates (names that are not UTF-8) travel as \udcXX escapes.
        data = json.dumps(request, separators=(",", ":")).encode("ascii")
        if self.closed:
            raise UnavailableError("The sandbox has ended. Try again.")
        if len(data) > MAX_AGENT_MESSAGE_BYTES:
            raise UnavailableError("This is too long for the sandbox's agent.")
        fds = [] if fd is None else [fd]
        try:
            socket.send_fds(self._sock, [data], fds)
        except BlockingIOError:
            raise UnavailableError("The sandbox does not read. Try again.") from None
        except OSError as error:
            self._lose()
            raise UnavailableError("The sandbox has ended. Try again.") from error

    def _readable(self) -> None:
        for _ in range(_MESSAGES_PER_TURN):
            if self.closed:
                return
            try:
                data, ancillary, flags, _ = self._sock.recvmsg(
                    MAX_AGENT_MESSAGE_BYTES, _ANCILLARY_BYTES, socket.MSG_CMSG_CLOEXEC
                )
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                data, ancillary, flags = b"", [], 0
            fds = _fds(ancillary)
            if not data:
                passed_fds.close_all(fds)
                self._lose()
                return
            fine = len(fds) <= SESSION_FDS and not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
            self._take(data if fine else b"", fds)

    def _take(self, data: bytes, fds: list[int]) -> None:
        """Pass one message on; its fds belong to whoever gets it, or are closed."""
        try:
            message = json.loads(data)
            kept = isinstance(message, dict) and self._receiver.packet_came(message, fds)
        except (ValueError, RecursionError, WrongFdError):
            kept, message = False, None
        if not kept:
            passed_fds.close_all(fds)
        if not isinstance(message, dict):
            self._faults += 1
            if self._faults > _MAX_FAULTS:
                self._lose()

    def _lose(self) -> None:
        self.close()
        self._receiver.channel_lost()

    def close(self) -> None:
        """Close the connection."""
        if not self.closed:
            self.closed = True
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()


def _fds(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % _FD_BYTES])
    return list(fds)
