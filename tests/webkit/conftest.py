"""Real WebKit: WebKitGTK's MiniBrowser, driven by Selenium, under Xvfb.

It has no touch events and no on-screen keyboard; what it proves is the engine that tablets use.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.server import OWNER, Server
from tests.waiting import wait_until

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
SCREEN = "1600x1400x24"
QUIET = {"NO_AT_BRIDGE": "1", "GIO_USE_VFS": "local", "GSETTINGS_BACKEND": "memory"}
"""Keeps the browser from waiting for a desktop's services, which are not there."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.webkit)
            # Selenium's own constructor uses what it calls deprecated.
            ours = pytest.mark.filterwarnings("ignore:setting remote_server_addr")
            item.add_marker(ours)


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen: the one that is there, else one of our own."""
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    reader, writer = os.pipe()
    words = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    xvfb = subprocess.Popen(words, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()  # ends when Xvfb does
    try:
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        xvfb.terminate()
        xvfb.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        server.add_user(*OWNER, owner=True)
        yield server


@pytest.fixture(scope="module")
def webkit(display: str) -> Iterator[webdriver.WebKitGTK]:
    driver = shutil.which("WebKitWebDriver")
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
    if driver is None or browser is None:
        pytest.skip("Debian's webkit2gtk-driver is not installed")
    options = Options()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    service = Service(driver, env={**os.environ, **QUIET, "DISPLAY": display})
    web = webdriver.WebKitGTK(options=options, service=service)
    try:
        web.set_page_load_timeout(60)
        web.set_script_timeout(30)

        def goes() -> bool:
            web.get("data:text/html,<title>ready</title>")
            return web.title == "ready"

        wait_until(goes, 30, "a browser that has started")  # till then it may stay where it is
        yield web
    finally:
        web.quit()


@pytest.fixture
def picture(request: pytest.FixtureRequest, webkit: webdriver.WebKitGTK) -> Iterator[None]:
    """A failed test leaves a picture of the page, and its words in the log."""
    failures = request.session.testsfailed
    yield
    if request.session.testsfailed > failures:
        ARTIFACTS.mkdir(exist_ok=True)
        webkit.save_screenshot(str(ARTIFACTS / f"webkit-{request.node.name}.png"))
        words = webkit.execute_script("return `${location}\\n${document.body.innerText}`")
        request.node.add_report_section("teardown", "page", words)
