"""The list of consoles that the link tells may be older than what the page just made."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from ide.wire.frames import Kind
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import new_console
from tests.server import Server
from tests.waiting import wait_until


class SlowLink:
    """Passes the link's frames on, until `hold`; then an old list comes, and later the rest."""

    def __init__(self, context: BrowserContext) -> None:
        self._held: list[bytes | str] | None = None
        self._old: bytes | str = b""
        self._browser: WebSocketRoute | None = None
        context.route_web_socket("**/api/v1/link*", self._pass)

    def _pass(self, browser: WebSocketRoute) -> None:
        self._browser = browser
        browser.connect_to_server().on_message(self._receive)

    def _receive(self, message: bytes | str) -> None:
        assert self._browser
        if self._held is not None:
            self._held.append(message)
            return
        if message[:1] == bytes([Kind.EVENT]) and b'"consoles"' in message:
            self._old = message
        self._browser.send(message)

    def hold(self) -> None:
        self._held = []

    def tell_old_list(self) -> None:
        assert self._browser
        assert self._old
        self._browser.send(self._old)

    def let_go(self) -> None:
        assert self._browser
        held, self._held = self._held or [], None
        for message in held:
            self._browser.send(message)


@pytest.mark.parametrize("start", ["console", "run"])
def test_a_new_console_stays_when_an_older_list_comes_after_it(
    server: Server, device: Device, start: str
) -> None:
    context = device("desktop")
    link = SlowLink(context)
    page = Ide(sign_in(context, server))
    page.wait_connected()
    if start == "run":
        page.put("made.py", "print('made')\n")
        page.open("made.py")
    expect(page.console_tab("Bash")).to_be_visible()
    link.hold()
    press: dict[str, Callable[[], None]] = {
        "console": page.button("New Python console").click,
        "run": page.button("Run").click,
    }
    title = {"console": "Python", "run": "made.py"}[start]
    press[start]()
    expect(page.console_tab(title)).to_be_visible()
    link.tell_old_list()
    expect(page.console_tab(title)).to_be_visible()
    link.let_go()
    expect(page.console(title)).to_contain_text({"console": "In [1]", "run": "made"}[start])


def test_a_late_answer_undoes_nothing_that_was_told_meanwhile(
    server: Server, device: Device
) -> None:
    page = Ide(sign_in(device("desktop"), server))
    view = new_console(page.page)
    console, held = view.region.get_attribute("data-console-id"), []
    page.page.route(
        f"**/consoles/{console}", lambda route: held.append((route, route.fetch())), times=1
    )
    page.console_tab(view.title).dblclick()
    dialog = page.dialog("Rename console")
    dialog.get_by_role("textbox").fill("first")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.console_tab("first")).to_be_visible()
    renamed = {"body": '{"title": "second"}', "headers": {"Content-Type": "application/json"}}
    page.api("PATCH", f"consoles/{console}", **renamed)
    expect(page.console_tab("second")).to_be_visible()
    wait_until(lambda: page.console_tab("second").is_visible() and held, 20, "the first answer")
    [(route, answer)] = held
    with page.page.expect_event("requestfinished", lambda request: request == route.request):
        route.fulfill(response=answer)
    page.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.console_tab("second")).to_be_visible()
