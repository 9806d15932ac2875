"""A listening socket, each connection of which is served in a thread of its own."""

import contextlib
import socket
import threading
from collections.abc import Callable


class Accepting:
    """Accepts from now on until `stop`."""

    def __init__(self, listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        """`serve` returns, or raises OSError, when a connection is over; it is closed then."""
        self._listener, self._serve = listener, serve
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Break every connection, as the end of a process would."""
        for each in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._serve(connection)
        with contextlib.suppress(ValueError):
            self._open.remove(connection)
        connection.close()
