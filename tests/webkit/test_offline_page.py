"""The service worker in real WebKit: the offline page, and the way back."""

import os
import signal
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.ports import free_port
from tests.server import OWNER, Server
from tests.waiting import wait_until
from tests.webkit.test_smoke import SECONDS, found

Web = webdriver.WebKitGTK


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that comes back at the same port."""
    bind = f"127.0.0.1:{free_port()}"
    with Server(tmp_path_factory.mktemp("server") / "data", "--bind", bind) as server:
        server.add_user(*OWNER, owner=True)
        yield server


@pytest.fixture(autouse=True)
def _picture(picture: None) -> None:
    pass


def heading(web: Web) -> str:
    return web.execute_script("return document.querySelector('h1')?.textContent ?? ''")


def test_without_the_server_the_page_says_so_and_comes_back(webkit: Web, server: Server) -> None:
    webkit.get(server.url)
    found(webkit, "form input[type=password]")
    inputs = webkit.find_elements(By.CSS_SELECTOR, "form input:not([type=hidden])")
    for field, text in zip(inputs, OWNER, strict=True):
        field.send_keys(text)
    webkit.find_element(By.CSS_SELECTOR, "form button").click()
    found(webkit, ".connection.connected")
    active = "return navigator.serviceWorker.getRegistration().then((found) => !!found?.active)"
    wait_until(lambda: webkit.execute_script(active), SECONDS, "an active worker")
    assert server.process
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait(30)
    webkit.get(server.local_url)
    wait_until(lambda: heading(webkit) == "Offline", SECONDS, "the offline page")
    server.start()
    back = "return document.querySelector('.connection.connected') !== null"
    wait_until(lambda: webkit.execute_script(back), 90, "it comes back by itself")
