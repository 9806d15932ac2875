"""A page that the browser really freezes, as tablets do, and thaws: no timer and no event between.

tests/browser/test_sleep_and_wake.py has the long times, by a clock of its own.
"""

import shutil
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import FLAGS
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.browser.test_sleep_and_wake import first_line, scroll_up
from tests.ports import free_port
from tests.relay import Relay
from tests.server import Server
from tests.visitor import Visitor
from tests.waiting import wait_until

WATCH = """() => {
  window.seen = [];
  for (const name of ['freeze', 'resume'])
    document.addEventListener(name, () => window.seen.push(name));
  for (const field of document.querySelectorAll('textarea'))
    field.addEventListener('focus', () => window.seen.push(`focus ${field.inputMode}`));
}"""
"""Note in `window.seen` what a page hears, and what would bring a keyboard."""


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    with Relay(server.url) as relay:
        yield relay


@pytest.fixture
def page(chromium: Browser, server: Server, relay: Relay) -> Iterator[Page]:
    """A tablet's, behind the relay, in a browser that lets its pages go to the background.

    Playwright's own contexts always count as in front, so that nothing freezes them.
    """
    port = free_port()
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, f"--remote-debugging-port={port}"]
    )
    try:
        wait_until(lambda: is_open(port), 30, "its debugger listens")
        there = f"http://127.0.0.1:{port}"
        plain = chromium.browser_type.connect_over_cdp(there, no_defaults=True)
        page = plain.contexts[0].new_page()
        page.set_default_timeout(30_000)
        screen = {"width": 1180, "height": 820, "deviceScaleFactor": 1, "mobile": True}
        tools = page.context.new_cdp_session(page)
        tools.send("Emulation.setDeviceMetricsOverride", screen)
        tools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        page.goto(relay.url)
        page.get_by_role("textbox", name="User name").fill(server.who[0])
        page.get_by_role("textbox", name="Password").fill(server.who[1])
        page.get_by_role("button", name="Sign in").click()
        yield page
        remove_consoles(page)
    finally:
        browser.close()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def behind(server: Server) -> Iterator[Visitor]:
    """Somebody who does things while the page cannot."""
    with Visitor(server.url) as visitor:
        yield visitor.sign_in(*server.who)


def freeze(page: Page) -> None:
    page.evaluate("window.seen.length = 0")
    tools = page.context.new_cdp_session(page)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    wait_until(lambda: page.evaluate("window.seen.includes('freeze')"), 20, "it is frozen")
    assert page.evaluate("document.hidden")


def thaw(page: Page) -> list[str]:
    """Come back to the page as a person does; returns what happened to it since it was frozen."""
    other = page.context.new_page()
    other.bring_to_front()
    page.bring_to_front()
    other.close()
    wait_until(lambda: page.evaluate("!document.hidden"), 20, "it is in front")
    seen: list[str] = page.evaluate("window.seen")
    return seen


def test_it_thaws_as_it_was_and_what_was_typed_arrives_once(
    page: Page, relay: Relay, behind: Visitor
):
    view: ConsoleView = new_console(page)
    page.evaluate(WATCH)
    view.run("(until [ -e go ]; do sleep 0.2; done; seq -f 'more %g' 100; rm go) &")
    line = scroll_up(view)
    slider = view.region.locator(".scrollbar.vertical > .slider")
    before = slider.evaluate("slider => slider.style.top")

    freeze(page)
    go = "files/content?path=go"
    behind.api("PUT", go, content=b"", headers={"If-None-Match": "*"})

    def is_printed() -> bool:
        address = f"api/v1/workspaces/{behind.workspace}/{go}"
        return behind.http.get(address).status_code == 404

    wait_until(is_printed, 30, "the output")
    assert slider.evaluate("slider => slider.style.top") == before, "a frozen page draws nothing"
    seen = thaw(page)
    wait_until(lambda: slider.evaluate("slider => slider.style.top") != before, 20, "more lines")
    assert first_line(view) == line
    expect(view.input).to_be_focused()
    assert "resume" in seen

    page.keyboard.type("echo typed-$((2+3))\n")
    freeze(page)
    relay.cut()  # the device slept, so nobody answers for it any more
    page.evaluate("document.activeElement.blur()")  # as some releases of tablets do
    thaw(page)
    view.expect("typed-5")
    expect(view.input).to_be_focused()
    seen = page.evaluate("window.seen")
    assert seen[:2] == ["freeze", "resume"]
    assert set(seen[2:]) == {"focus none"}, "no keyboard comes by itself"
    view.run("echo and-$((3+4))")
    view.expect("and-7")
    assert view.text().count("echo typed") == 1
