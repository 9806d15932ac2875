"""A stream socket that carries messages both ways, with a bound on what waits to be sent.

`UnixConnection` is the web's: length-prefixed messages, and fds beside them. A browser's is
`ide.keeper.websocket.WebSocket`.
"""

import asyncio
import contextlib
import os
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol, Self

from ide.wire.frames import BadFrameError
from ide.wire.stream import Splitter, prefixed

MAX_BUFFERED_BYTES: Final = 2 * 1024 * 1024
"""A reader that lets more than this pile up is dropped."""
_RECV_BYTES: Final = 128 * 1024


class Receiver(Protocol):
    """Who gets the messages."""

    def message_came(self, message: bytes) -> None:
        """Handle one message. BadFrameError ends the connection."""

    def room_again(self) -> None:
        """All that was sent has left."""

    def connection_lost(self) -> None:
        """Hear that it is over; nothing can be sent any more."""


class Connection(ABC):
    """Owns a connected non-blocking socket."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        receiver: Callable[[Self], Receiver],
    ) -> None:
        self._loop, self._sock = loop, sock
        sock.setblocking(False)
        self._out: deque[tuple[bytes, int | None]] = deque()
        self.buffered = 0
        """Bytes that wait for the other side."""
        self.closed = False
        self._closing = False
        self._writing = False
        self._receiver = receiver(self)
        loop.add_reader(sock.fileno(), self._readable)

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send or queue a message."""

    @abstractmethod
    def _messages(self, data: bytes) -> Iterable[bytes]:
        """Yield the messages that `data` completes. Raises BadFrameError."""

    def _receive(self) -> bytes:
        return self._sock.recv(_RECV_BYTES)

    def _readable(self) -> None:
        try:
            data = self._receive()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        try:
            for message in self._messages(data):
                if self.closed or self._closing:
                    return
                self._receiver.message_came(message)
        except BadFrameError as error:
            self._refuse(error)
        except Exception:
            # Half a batch was handled: nothing that follows could be trusted.
            self.close()
            raise

    def _refuse(self, _error: BadFrameError) -> None:
        """End it, after what was no frame."""
        self.close()

    def _queue(self, data: bytes, fd: int | None = None) -> None:
        """Write bytes now or later. An `fd` travels with them and is closed here afterwards."""
        if self.closed or self._closing:
            if fd is not None:
                _close_fd(fd)
            return
        self._out.append((data, fd))
        self.buffered += len(data)
        if not self._writing:
            self._writable()
        if self.buffered > MAX_BUFFERED_BYTES:
            self.close()

    def _writable(self) -> None:
        while self._out:
            data, fd = self._out[0]
            try:
                count = self._write(data, fd)
            except (BlockingIOError, InterruptedError):
                count = 0
            except OSError:
                self.close()
                return
            if count and fd is not None:
                _close_fd(fd)
                fd = None
            self.buffered = max(0, self.buffered - count)
            if count < len(data):
                self._out[0] = (data[count:], fd)
                if not self._writing:
                    self._writing = True
                    self._loop.add_writer(self._sock.fileno(), self._writable)
                return
            self._out.popleft()
        self.buffered = 0
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._sock.fileno())
            if not self._closing:
                self._receiver.room_again()
        if self._closing and not self._out:
            self._all_said()

    def _write(self, data: bytes, fd: int | None) -> int:
        if fd is None:
            return self._sock.send(data)
        return socket.send_fds(self._sock, [data], [fd])

    def close_when_sent(self) -> None:
        """Close once everything queued has left; nothing more is taken or accepted."""
        self._closing = True
        if not self._out:
            self._all_said()

    def _all_said(self) -> None:
        """Go on with closing: everything queued has left."""
        self.close()

    def close(self) -> None:
        """Close at once."""
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._sock.fileno())
        if self._writing:
            self._loop.remove_writer(self._sock.fileno())
        for _, fd in self._out:
            if fd is not None:
                _close_fd(fd)
        self._out.clear()
        try:
            self._receiver.connection_lost()
        finally:
            self._sock.close()


class UnixConnection(Connection):
    """Length-prefixed messages; an fd may come with one, and go with one."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        receiver: Callable[[Self], Receiver],
    ) -> None:
        self._splitter = Splitter()
        self._came: int | None = None
        super().__init__(loop, sock, receiver)

    def send(self, message: bytes, fd: int | None = None) -> None:
        """Send or queue a message. An `fd` travels with it and is closed here afterwards."""
        self._queue(prefixed(message), fd)

    def take_fd(self) -> int:
        """Return the fd that came, which is the caller's now. Raises BadFrameError without one."""
        if self._came is None:
            raise BadFrameError("no fd came with it")
        fd, self._came = self._came, None
        return fd

    def _messages(self, data: bytes) -> Iterable[bytes]:
        return self._splitter.feed(data)

    def _receive(self) -> bytes:
        data, fds, _, _ = socket.recv_fds(self._sock, _RECV_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
        for fd in fds:
            self._drop_fd()
            self._came = fd
        return data

    def _drop_fd(self) -> None:
        if self._came is not None:
            _close_fd(self._came)
            self._came = None

    def close(self) -> None:
        """Close at once, with an fd that nobody took."""
        self._drop_fd()
        super().close()


def _close_fd(fd: int) -> None:
    with contextlib.suppress(OSError):
        os.close(fd)
