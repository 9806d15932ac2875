"""A browser's WebSocket, after the handshake that the web did: binary messages both ways.

Compression was not agreed on: what goes out is a header of 2 to 10 bytes, then the message.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Final, Self

from wsproto.connection import Connection as Protocol
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from ide.errors import BadRequestError
from ide.keeper.connection import Connection, Receiver
from ide.wire.frames import BadFrameError
from ide.wire.limits import MAX_CLIENT_FRAME_BYTES

GOODBYE_SECONDS: Final = 1.0
"""How long a browser may take to answer a goodbye; a connection closed sooner could lose it."""
_MAX_REASON_BYTES: Final = 120
_TURN_BYTES: Final = 16 * 1024
"""Read at most this much before others have their turn: it may be thousands of tiny frames."""
_BINARY: Final = 0x82
_SHORT: Final = struct.Struct(">BB")
_MEDIUM: Final = struct.Struct(">BBH")
_LONG: Final = struct.Struct(">BBQ")


class WebSocket(Connection):
    """The server's end. The socket was handed over; cutting it cuts it for the web as well."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        receiver: Callable[[Self], Receiver],
    ) -> None:
        self._protocol = Protocol(ConnectionType.SERVER)
        self._held = bytearray()
        self._deaf = False
        """Whether the browser has said goodbye, or nonsense: nothing after that means anything."""
        self._goodbye_timer: asyncio.TimerHandle | None = None
        super().__init__(loop, sock, receiver)

    def send(self, message: bytes) -> None:
        """Send or queue a message."""
        self._queue(_header(len(message)) + message)

    def goodbye(self, code: int, reason: str) -> None:
        """Close with a code and a reason, and cut the connection when that is not answered soon."""
        if self.closed or self._closing:
            return
        text = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
        self._answer(CloseConnection(code, text))
        self._leave()

    def close(self) -> None:
        """Cut the connection."""
        if self.closed:
            return
        if self._goodbye_timer:
            self._goodbye_timer.cancel()
        with contextlib.suppress(OSError):  # the browser was first
            self._sock.shutdown(socket.SHUT_RDWR)  # the web holds it open as well
        super().close()

    def _receive(self) -> bytes:
        return self._sock.recv(_TURN_BYTES)

    def _messages(self, data: bytes) -> Iterator[bytes]:
        if self._deaf:
            return
        self._protocol.receive_data(data)
        pong: Event | None = None
        for event in self._protocol.events():
            match event:
                case BytesMessage() | TextMessage() if self._closing:
                    continue
                case BytesMessage():
                    yield from self._whole(event)
                case TextMessage():
                    raise BadFrameError("a frame is binary")
                case Ping():
                    pong = event.response()
                case CloseConnection():
                    self._on_close(event)
        if pong:  # one for many pings is enough (RFC 6455, 5.5.3)
            self._answer(pong)

    def _whole(self, part: BytesMessage) -> Iterator[bytes]:
        """Yield the message that `part` completes, if it does. Raises BadFrameError."""
        self._held += part.data
        if len(self._held) > MAX_CLIENT_FRAME_BYTES:
            raise BadFrameError("a frame is over the maximum")
        if part.message_finished:
            message = bytes(self._held)
            self._held.clear()
            yield message

    def _on_close(self, event: CloseConnection) -> None:
        if self._closing:
            self.close()  # it has read our goodbye
            return
        self._deaf = True
        self._answer(event.response())
        self._leave()

    def _refuse(self, error: BadFrameError) -> None:
        self.goodbye(BadRequestError.close_code, f"This page sent a bad frame: {error}.")

    def _answer(self, event: Event) -> None:
        try:
            data = self._protocol.send(event)
        except LocalProtocolError:  # both sides have said goodbye already
            return
        self._queue(data)

    def _leave(self) -> None:
        """Take no more messages and give the browser a moment to read the last one."""
        if self.closed:
            return
        self._closing = True
        self._held.clear()
        self._goodbye_timer = self._loop.call_later(GOODBYE_SECONDS, self.close)

    def _all_said(self) -> None:
        """Wait for the browser's end, or the timer."""


def _header(length: int) -> bytes:
    """Return the head of one whole binary message (RFC 6455, 5.2), unmasked."""
    if length < 126:
        return _SHORT.pack(_BINARY, length)
    if length < 1 << 16:
        return _MEDIUM.pack(_BINARY, 126, length)
    return _LONG.pack(_BINARY, 127, length)
