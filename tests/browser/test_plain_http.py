"""A page without https in one's own network: it works, and says once what is missing."""

import shutil
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DEVICES, FLAGS
from tests.browser.page import Ide
from tests.browser.terminals import new_console
from tests.server import Server
from tests.waiting import wait_until

SAID = "plain http"


@pytest.fixture
def tablet(chromium: Browser, server: Server) -> Iterator[Page]:
    """One that reaches this machine by its name, as from another: no secure context."""
    name = f"{socket.gethostname()}.local".lower()
    rule = f"--host-resolver-rules=MAP {name} 127.0.0.1"
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, rule]
    )
    try:
        page = browser.new_page(**DEVICES["landscape"])
        page.set_default_timeout(30_000)
        page.goto(f"http://{name}:{urlsplit(server.url).port}/")
        page.get_by_role("textbox", name="User name").fill(server.who[0])
        page.get_by_role("textbox", name="Password").fill(server.who[1])
        page.get_by_role("button", name="Sign in").click()
        Ide(page).wait_connected()
        yield page
    finally:
        browser.close()


def test_it_works_and_says_once_what_is_missing(tablet: Page) -> None:
    ide = Ide(tablet)
    assert tablet.evaluate("[isSecureContext, 'serviceWorker' in navigator]") == [False, False]
    expect(ide.notices).to_contain_text(SAID)
    ide.notices.get_by_role("button", name="What to do").click()
    expect(ide.dialog("Trusted https")).to_contain_text("./run make-cert")
    ide.dialog("Trusted https").get_by_role("button", name="Close").click()
    expect(ide.notices).not_to_contain_text(SAID)
    console = new_console(tablet)
    console.run("echo works-$((6*7))")
    console.expect("works-42")
    tablet.reload()
    ide.wait_connected()
    # The part of the page that would say it is there when this is loaded.
    asked = "performance.getEntriesByType('resource')"
    loaded = f"{asked}.some(({{name}}) => name.includes('/chunk-later'))"
    wait_until(lambda: tablet.evaluate(loaded), 30, "the later part of the page")
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    tablet.evaluate(frames)
    expect(ide.notices).not_to_contain_text(SAID)
