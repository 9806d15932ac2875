"""A stylesheet that comes late: WebKit runs the page's script without waiting for it."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from selenium import webdriver

from tests.server import OWNER, Server
from tests.waiting import wait_until
from tests.webkit.test_webkit_story import SECONDS, rows, shown

LATE_SECONDS = 2.0
"""How long the stylesheet is held back, unless the page opens its link before."""


class LateStyle:
    """A relay to `port` that holds requests for a stylesheet back."""

    def __init__(self, port: int) -> None:
        self.held = 0
        self._port = port
        self._linked = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """End everything that was relayed."""
        for end in self._sockets:
            with contextlib.suppress(OSError):  # the other side was faster
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(SECONDS)
        for end in self._sockets:
            end.close()

    def _start(self, work: Callable[..., None], *words: object) -> None:
        thread = threading.Thread(target=work, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port), SECONDS)
                server.settimeout(None)
                self._sockets += [client, server]
                self._start(self._pass, client, server)
                self._start(self._pass, server, client)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if re.match(rb"GET \S+\.css ", data):
                    self.held += 1
                    self._linked.wait(LATE_SECONDS)
                if re.match(rb"GET \S+/link\?", data):
                    self._linked.set()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def late(server: Server) -> Iterator[LateStyle]:
    port = urlsplit(server.url).port
    assert port
    relay = LateStyle(port)
    yield relay
    relay.close()


def sign_in(web: webdriver.WebKitGTK, server: Server) -> None:
    web.get(server.url)
    for name, text in zip(("User name", "Password"), OWNER, strict=True):
        shown(web, "input", name).send_keys(text)
    shown(web, "button", "Sign in").click()
    wait_until(lambda: "$" in rows(web), SECONDS, "a prompt")


@pytest.mark.usefixtures("picture")
def test_colours_are_there_however_late_the_stylesheet(
    webkit: webdriver.WebKitGTK, server: Server, late: LateStyle
) -> None:
    """Without them the keeper refuses the link and the console never shows."""
    sign_in(webkit, server)
    webkit.get(f"http://127.0.0.1:{late.port}/")
    sign_in_fields = webkit.execute_script("return document.querySelectorAll('form input').length")
    assert sign_in_fields == 0  # cookies know no ports
    wait_until(lambda: "$" in rows(webkit), SECONDS, "a prompt")
    assert late.held >= 1
