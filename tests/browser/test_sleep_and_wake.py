"""A tablet puts the page away for seconds or a night, and it comes back as it was."""

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import (
    ConsoleView,
    cut_socket,
    new_console,
    record_sockets,
    remove_consoles,
)
from tests.server import Server
from tests.waiting import wait_until

SECONDS = {"some seconds": 60, "five minutes": 300, "a night": 8 * 3600}
OPEN = 1

HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});
  const state = hidden ? 'hidden' : 'visible';
  Object.defineProperty(document, 'visibilityState', {get: () => state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""What a page hears when it is put away, and when it is back."""


FRAMES = """async count => {
  for (; count > 0; count -= 1) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture
def page(device: Device, server: Server) -> Page:
    context = device("landscape")
    page = sign_in(context, server)
    record_sockets(page)
    page.reload()
    return page


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


KEYBOARD = """height => {
  Object.defineProperty(visualViewport, 'height', {get: () => height, configurable: true});
  visualViewport.dispatchEvent(new Event('resize'));
}"""
"""An on-screen keyboard leaves so much of the page in sight."""


def put_away_and_back(field: Locator) -> None:
    """As tablets do it: what is away has no focus."""
    field.focus()
    field.page.evaluate(HIDE, True)
    field.page.evaluate("document.activeElement.blur()")
    field.page.evaluate(HIDE, False)
    expect(field).to_be_focused()


def first_line(view: ConsoleView) -> str:
    """The one at the upper edge."""
    return view.text().split("\n")[0]


def scroll_up(view: ConsoleView) -> str:
    """Read some way up in a long output; returns the line at the upper edge."""
    view.run("clear; seq -f 'line %g' 400")
    view.expect("line 400")
    for _ in range(3):
        view.input.press("Shift+PageUp")
    expect(view.rows).not_to_contain_text("line 400")
    view.page.evaluate(FRAMES, 5)
    return first_line(view)


def test_it_is_back_at_once_and_what_was_typed_arrives_once(view: ConsoleView):
    page = view.page
    page.clock.install()
    page.reload()  # so that the timers that it starts with are of this clock too
    view.wait_for_prompt()
    line = scroll_up(view)
    now = time.time()
    for name, seconds in SECONDS.items():
        before = page.evaluate("window.sockets.length")
        page.evaluate(HIDE, True)
        now += seconds
        page.clock.pause_at(now)
        page.evaluate(HIDE, False)
        # The clock stands: whoever waited for a timer, or for the old socket's answer, would do so
        # for ever.
        last = f"window.sockets.length > {before} && window.sockets.at(-1).readyState"
        wait_until(lambda: page.evaluate(last) == OPEN, 20, name)  # noqa: B023
        assert page.evaluate("window.sockets.length") == before + 1
        page.clock.resume()
        assert first_line(view) == line
        expect(view.input).to_be_focused()
    page.keyboard.type("echo typed-$((2+3))\n")
    view.expect("typed-5")
    assert view.text().count("echo typed") == 1


def test_a_page_that_was_turned_put_away_or_thrown_out_shows_the_same_lines(view: ConsoleView):
    page = view.page
    line = scroll_up(view)
    for width, height in ((820, 1180), (1180, 820)):  # turned, and turned back
        grid = view.rows.locator("> div").count()
        page.set_viewport_size({"width": width, "height": height})
        wait_until(lambda: view.rows.locator("> div").count() != grid, 20, "another grid")  # noqa: B023
        wait_until(lambda: first_line(view) == line, 20, line)
    put_away_and_back(view.input)
    assert view.input.evaluate("field => field.inputMode") == "none"  # no keyboard comes by itself
    page.evaluate(KEYBOARD, 400)
    expect(page.locator("html")).to_have_attribute("data-keyboard", "up")
    put_away_and_back(view.input)
    assert view.input.evaluate("field => field.inputMode") == "text"  # it was there
    page.evaluate(KEYBOARD, 820)
    expect(page.locator("html")).not_to_have_attribute("data-keyboard", "up")
    page.reload()
    wait_until(lambda: first_line(view) == line, 20, line)
    expect(view.input).to_be_focused()
    assert view.input.evaluate("field => field.inputMode") == "none"  # no keyboard comes by itself
    places = "!Object.keys(sessionStorage).some(key => /^place/.test(key))"
    page.wait_for_function(places)
    page.keyboard.type("echo typed-$((2+3))\n")
    view.expect("typed-5")


def test_what_was_printed_meanwhile_does_not_move_the_lines_in_sight(view: ConsoleView):
    page, ide = view.page, Ide(view.page)
    view.run("(until [ -e go ]; do sleep 0.2; done; seq -f 'more %g' 100; rm go) &")
    line = scroll_up(view)
    slider = view.region.locator(".scrollbar.vertical > .slider")
    before = slider.evaluate("slider => slider.style.top")
    page.evaluate(HIDE, True)
    cut_socket(page)
    ide.put("go", "")
    wait_until(lambda: ide.api("GET", "files/content?path=go")["status"] == 404, 20, "the output")
    page.evaluate(HIDE, False)
    wait_until(lambda: slider.evaluate("slider => slider.style.top") != before, 20, "more lines")
    assert first_line(view) == line
    page.reload()
    wait_until(lambda: first_line(view) == line, 20, line)
    view.run("echo do''ne")
    view.expect("done")
    view.expect("more 100")


def test_a_text_comes_back_where_it_was(page: Page):
    ide = Ide(page)
    ide.put("long.txt", "a line\n" * 200)
    lines = ide.open("long.txt")
    put_away_and_back(lines)
    assert lines.evaluate("lines => lines.inputMode") == "none"  # no keyboard comes by itself
    lines.tap()
    expect(lines).to_have_js_property("inputMode", "text")  # now it is asked for
    expect(lines).to_be_focused()
    scroller = page.locator(".cm-scroller")
    scroller.evaluate("scroller => { scroller.scrollTop = 1000; }")
    wait_until(lambda: kept_top(ide) > 200, 30, "the place is kept")
    page.reload()
    expect(lines).to_be_focused()
    assert lines.evaluate("lines => lines.inputMode") == "none"
    wait_until(lambda: abs(scrolled(scroller) - 1000) < 30, 30, "the same lines")
    page.keyboard.type("typed")
    expect(lines).to_contain_text("typed")


def kept_top(ide: Ide) -> int:
    """Where the text at the upper edge begins, as the server has it."""
    kept = json.loads(ide.api("GET", "layout/open")["text"])
    return kept["places"].get("long.txt", {"top": 0})["top"]


def scrolled(scroller: Locator) -> float:
    return float(scroller.evaluate("scroller => scroller.scrollTop"))
