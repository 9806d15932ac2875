"""A relay on loopback between a browser and a server: what a network does, at a test's word."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

SECONDS = 30


class Relay:
    """Passes bytes between its own `port` and a server's."""

    def __init__(self, server_url: str) -> None:
        port = urlsplit(server_url).port
        assert port
        self._server_port: int = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The server's page, through the relay."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def count(self) -> int:
        """So many connections were made through it by now."""
        return len(self._connections) // 2

    def cut(self) -> None:
        """End all connections that there are; whoever connects again gets through."""
        for end in self._connections.copy():
            _shut(end)

    def close(self) -> None:
        """End everything that was relayed, and the relay."""
        _shut(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join(SECONDS)
        for end in (self._listener, *self._connections):
            end.close()

    def passing(self, data: bytes) -> None:
        """Look at bytes that are about to go on; they wait for its return."""

    def _start(self, work: Callable[..., None], *words: object) -> None:
        thread = threading.Thread(target=work, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port), SECONDS)
                server.settimeout(None)
                self._connections += [client, server]
                self._start(self._pass, client, server)
                self._start(self._pass, server, client)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.passing(data)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        end.shutdown(socket.SHUT_RDWR)
