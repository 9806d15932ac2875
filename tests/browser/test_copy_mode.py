"""Selecting and copying what a terminal shows: as text, for fingers and for screen readers."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.terminals import (
    ConsoleView,
    Fingers,
    bytes_that_arrive,
    new_console,
    place_of,
    remove_consoles,
)
from tests.server import Server
from tests.waiting import wait_until


@pytest.fixture(params=["landscape"])
def page(device: Device, server: Server, request: pytest.FixtureRequest) -> Page:
    context = device(request.param)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return sign_in(context, server)


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name=re.compile("^Text of "))


def text_in(page: Page) -> Locator:
    return sheet(page).get_by_role("region", name=re.compile("to select from$"))


def press(view: ConsoleView, text: str) -> None:
    """Leave a finger on `text` until the sheet is there, and lift it."""
    fingers = Fingers(view.page)
    fingers.at(place_of(view, text))
    expect(sheet(view.page)).to_be_visible()
    fingers.lift()


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_keys_copy_what_a_mouse_selected_and_control_c_is_the_programs(view: ConsoleView):
    page = view.page
    view.run("clear; echo some-''word")
    view.expect("some-word")
    view.sleep()
    page.evaluate("navigator.clipboard.writeText('before')")
    page.mouse.dblclick(*place_of(view, "some-word"))
    page.keyboard.press("Control+Shift+c")
    wait_until(lambda: copied(page) == "some-word", 20, "the copy")
    page.evaluate("navigator.clipboard.writeText('before')")
    page.keyboard.press("Meta+c")
    wait_until(lambda: copied(page) == "some-word", 20, "the copy")
    page.keyboard.press("Control+c")  # also with something selected
    view.run("echo status-$?")
    view.expect("status-130")


@pytest.mark.parametrize("page", ["landscape", "phone"], indirect=True)
def test_a_finger_that_stays_opens_the_text_with_the_word_selected(view: ConsoleView):
    page = view.page
    view.run('clear; seq -f \'line %g\' 300; echo "see (\'some/pa""th.py\') he""re"')
    view.expect(re.compile(r"'\) here\s*~ \$"))  # the prompt scrolls what stands above it
    press(view, "some/path")
    expect(text_in(page)).to_contain_text("line 1\nline 2\n")
    page.wait_for_function("() => getSelection().toString() === 'some/path.py'")
    word = page.evaluate(
        """() => {
             const word = getSelection().getRangeAt(0).getBoundingClientRect();
             const box = document.querySelector('.copy-mode pre').getBoundingClientRect();
             return word.top >= box.top && word.bottom <= box.bottom;
           }"""
    )
    assert word, "it is in sight"
    size = page.viewport_size
    assert size
    for width, height in ((size["height"], size["width"]), (1180, 460), tuple(size.values())):
        page.set_viewport_size({"width": width, "height": height})
        wait_until(lambda: fits(sheet(page)), 20, f"{width}×{height}")  # noqa: RUF001
    sheet(page).get_by_role("button", name="Copy", exact=True).tap()
    expect(sheet(page)).to_have_count(0)
    expect(page.get_by_text("Copied: 12 characters.")).to_be_visible()
    assert copied(page) == "some/path.py"


FITS = """sheet => {
  const {left, top, right, bottom} = sheet.getBoundingClientRect();
  const text = sheet.querySelector('pre').clientHeight;
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && text > 100;
}"""


def fits(dialog: Locator) -> bool:
    """Whether it is in the window, with room to read."""
    return bool(dialog.evaluate(FITS))


def test_lines_are_whole_and_the_last_output_is_what_stands_below_the_line_typed_last(
    view: ConsoleView,
):
    page = view.page
    view.run("clear; echo be''fore")
    view.expect(re.compile(r"before\s*~ \$"))  # what is typed ahead has no line of its own yet
    view.run("echo 'blanks   '; printf 'wide-%s' {100..180}; echo; echo sec''ond")
    view.expect(re.compile(r"second\s*~ \$"))
    press(view, "second")
    expect(sheet(page)).to_contain_text("what stands below the line typed last")
    sheet(page).get_by_role("button", name="Copy last output").tap()
    expect(sheet(page)).to_have_count(0)
    wide = "".join(f"wide-{number}" for number in range(100, 181))
    assert copied(page).startswith(f"blanks\n{wide}\nsecond\n")
    press(view, "second")
    sheet(page).get_by_role("button", name="Copy all").tap()
    expect(sheet(page)).to_have_count(0)
    assert f"\nblanks\n{wide}\nsecond\n" in copied(page)
    assert "before\n" in copied(page)


def test_the_menu_opens_it_and_what_is_closed_gives_the_keys_back(view: ConsoleView):
    page = view.page
    page.reload()
    view.wait_for_prompt()
    view.input.focus()
    open_from_menu(page, view.title)
    expect(sheet(page)).to_contain_text("nothing was typed here since the page was loaded")
    expect(sheet(page).get_by_role("button", name="Copy last output")).to_be_disabled()
    expect(sheet(page).get_by_role("button", name="Copy", exact=True)).to_be_disabled()
    expect(text_in(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet(page)).to_have_count(0)
    expect(view.input).to_be_focused()
    page.keyboard.type("clear; echo typed-$((2+3))\n")
    view.expect("typed-5")
    press(view, "typed-5")
    sheet(page).get_by_role("button", name="Done").tap()
    expect(sheet(page)).to_have_count(0)
    expect(view.input).to_be_focused()


def open_from_menu(page: Page, title: str) -> None:
    page.get_by_role("button", name=f"More actions for console {title}").tap()
    page.get_by_role("menuitem", name="Select and copy").tap()


def test_a_link_is_offered_and_text_shared_and_copied_by_hand(view: ConsoleView):
    page = view.page
    page.context.route("http://example.test/**", lambda route: route.fulfill(body="there"))
    page.evaluate("() => { navigator.share = async data => { window.shared = data.text; }; }")
    view.run("clear; echo 'see http://example''.test/a?b=1, then'")
    view.expect("example.test/a")
    press(view, "test/a")
    link = sheet(page).get_by_role("link", name="Open link")
    expect(link).to_have_attribute("href", "http://example.test/a?b=1")
    with page.context.expect_page() as opened:
        link.tap()
    expect(opened.value).to_have_url("http://example.test/a?b=1")
    opened.value.close()
    sheet(page).get_by_role("button", name="Share").tap()
    page.wait_for_function("() => window.shared === 'http://example.test/a?b=1'")
    # As on plain http.
    page.evaluate("window.kept = navigator.clipboard; delete Navigator.prototype.clipboard")
    sheet(page).get_by_role("button", name="Copy", exact=True).tap()
    expect(page.get_by_text("Copied: 25 characters.")).to_be_visible()
    assert page.evaluate("window.kept.readText()") == "http://example.test/a?b=1"


def test_of_a_full_screen_program_what_it_shows(view: ConsoleView):
    bytes_that_arrive(view, full_screen=True)
    press(view, "runs")
    expect(text_in(view.page)).to_contain_text("it-runs")
    expect(sheet(view.page).get_by_role("button", name="Copy last output")).to_be_disabled()
    view.page.keyboard.press("Escape")
    expect(view.input).to_be_focused()
    view.page.keyboard.type("q")
    view.expect("over")
