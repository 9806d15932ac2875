"""The compose line: sent once, corrected when wanted, kept over reloads, turns and lost links."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device
from tests.browser.page import Ide
from tests.browser.terminals import (
    REFUSING_SOCKET,
    ConsoleView,
    cut_socket,
    new_console,
    record_sockets,
    remove_consoles,
)
from tests.server import Server


@pytest.fixture(scope="module")
def signed_in(one_page: Callable[[str], Page]) -> Page:
    return one_page("phone")


@pytest.fixture
def view(signed_in: Page) -> Iterator[ConsoleView]:
    """A console whose compose line is open."""
    view = new_console(signed_in)
    compose(view)
    yield view
    remove_consoles(signed_in)


def compose(view: ConsoleView) -> None:
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()  # before it no row, or that of another console
    keys = view.page.get_by_role("toolbar", name="Extra keys")
    button = keys.get_by_role("button", name="Compose", exact=True)
    keys.wait_for()
    if not button.count():
        keys.get_by_role("button", name="More keys").tap()
    button.tap()
    expect(field(view)).to_be_focused()


def field(view: ConsoleView) -> Locator:
    return view.page.get_by_role("textbox", name="Text to send")


def press(view: ConsoleView, name: str) -> None:
    view.page.get_by_role("button", name=name, exact=True).tap()


def test_what_is_composed_arrives_once_with_or_without_enter(view: ConsoleView):
    keyboard = view.page.keyboard
    size = field(view).evaluate("field => Number.parseFloat(getComputedStyle(field).fontSize)")
    assert size >= 16, "smaller, and Safari zooms in"
    keyboard.type("echo on'e'-$((1+1))")
    press(view, "Send")
    view.expect("echo on'e'-$((1+1))")
    expect(field(view)).to_have_value("")
    expect(field(view)).to_be_focused()
    assert "one-2" not in view.text()
    press(view, "Send and Enter")
    view.expect("one-2")
    keyboard.type("echo a'a'")
    keyboard.press("Enter")  # a line of the text, as in any field of several lines
    keyboard.type("echo b'b'")
    keyboard.press("ControlOrMeta+Enter")
    view.expect(re.compile(r"aa\s*bb"))
    assert view.text().count("aa") == 1
    field(view).fill("echo \x1b[Apla\x03in")  # as it may be pasted: nothing in it acts as a key
    press(view, "Send")
    view.expect("echo [Aplain")


def test_earlier_texts_come_back_each_once(view: ConsoleView):
    for text in ("true 1", "true 2", "true 1"):
        field(view).fill(text)
        press(view, "Send and Enter")
        expect(field(view)).to_have_value("")
    field(view).fill("waits")
    press(view, "Earlier text")
    expect(field(view)).to_have_value("true 1")
    view.page.keyboard.press("ArrowUp")
    expect(field(view)).to_have_value("true 2")
    expect(view.page.get_by_role("button", name="Earlier text")).to_be_disabled()
    for expected in ("true 1", "waits"):
        press(view, "Later text")
        expect(field(view)).to_have_value(expected)


def test_corrections_come_when_they_are_wanted(view: ConsoleView):
    off = {"autocorrect": "off", "autocapitalize": "off", "spellcheck": "false"}
    on = {"autocorrect": "on", "autocapitalize": "sentences", "spellcheck": "true"}
    for wanted, attributes in ((False, off), (True, on)):
        if wanted:
            press(view, "Correct what I write")
        for name, value in attributes.items():
            expect(field(view)).to_have_attribute(name, value)
        insert = view.page.context.new_cdp_session(view.page)
        field(view).fill("")
        for text in ("“", "a", "isn”t", "—"):
            insert.send("Input.insertText", {"text": text})
        expect(field(view)).to_have_value("“aisn”t—" if wanted else '"aisn”t-')
    press(view, "Correct what I write")
    expect(field(view)).to_have_attribute("spellcheck", "false")


def test_the_text_outlives_a_turn_a_lost_link_and_a_reload(
    device: Device, server: Server, signed_in: Page
):
    page = device("phone", like=signed_in).new_page()
    record_sockets(page)
    page.goto(server.url)
    ide, view = Ide(page), new_console(page)
    compose(view)
    field(view).fill("kept")
    page.set_viewport_size({"width": 844, "height": 390})
    expect(page.locator("#app")).to_have_attribute("data-compact", "true")
    expect(field(view)).to_have_value("kept")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#app")).to_have_attribute("data-compact", "false")
    page.evaluate(f"() => {{ window.Real = WebSocket; window.WebSocket = {REFUSING_SOCKET}; }}")
    cut_socket(page)
    send = page.get_by_role("button", name="Send and Enter")
    expect(send).to_be_disabled()
    expect(page.locator(".compose")).to_contain_text("Not connected. The text stays here.")
    expect(field(view)).to_have_value("kept")
    page.evaluate("() => { window.WebSocket = Real; dispatchEvent(new Event('online')); }")
    expect(send).to_be_enabled()
    title = view.title
    page.reload()
    ide.wait_connected()
    again = ConsoleView(page, title)
    compose(again)
    expect(field(again)).to_have_value("kept")
    remove_consoles(page)


def test_a_console_that_has_ended_takes_no_text(view: ConsoleView):
    field(view).fill("exit 3")
    press(view, "Send and Enter")
    expect(view.page.locator(".compose")).to_contain_text("This console has ended.")
    field(view).fill("kept")
    expect(view.page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    press(view, "Close the compose line")
    expect(field(view)).to_have_count(0)


def test_what_is_written_for_a_console_that_is_never_recorded_is_not_stored(view: ConsoleView):
    page = view.page
    kept = "Object.entries(sessionStorage).filter(([key]) => key.startsWith('compose:'))"
    field(view).fill("waits")
    assert "waits" in str(page.evaluate(kept))
    press(view, "Close the compose line")
    page.get_by_role("button", name=f"More actions for console {view.title}").tap()
    page.get_by_role("menuitemcheckbox", name="Never record").tap()
    expect(view.region).to_contain_text("Never recorded")
    assert page.evaluate(kept) == []
    compose(view)
    field(view).fill("a secret")
    press(view, "Send")
    view.expect("a secret")
    press(view, "Earlier text")
    expect(field(view)).to_have_value("a secret")
    assert page.evaluate(kept) == []
