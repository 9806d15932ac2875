"""A stylesheet that comes late: WebKit runs the page's script without waiting for it."""

import re
import threading
from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.relay import Relay
from tests.server import OWNER, Server
from tests.waiting import wait_until
from tests.webkit.test_webkit_story import SECONDS, rows, shown

LATE_SECONDS = 2.0
"""How long the stylesheet is held back, unless the page opens its link before."""


class LateStyle(Relay):
    """One that holds requests for a stylesheet back."""

    def __init__(self, server_url: str) -> None:
        self.held = 0
        self._linked = threading.Event()
        super().__init__(server_url)

    def passing(self, data: bytes) -> None:
        """Hold a request for a stylesheet back until the link is opened, or for a while."""
        if re.match(rb"GET \S+\.css ", data):
            self.held += 1
            self._linked.wait(LATE_SECONDS)
        if re.match(rb"GET \S+/link\?", data):
            self._linked.set()


@pytest.fixture
def late(server: Server) -> Iterator[LateStyle]:
    with LateStyle(server.url) as relay:
        yield relay


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
    webkit.get(late.url)
    sign_in_fields = webkit.execute_script("return document.querySelectorAll('form input').length")
    assert sign_in_fields == 0  # cookies know no ports
    wait_until(lambda: "$" in rows(webkit), SECONDS, "a prompt")
    assert late.held >= 1
