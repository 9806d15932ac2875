"""A phone: what counts in a row 390 pixels wide is in sight, and the rest has a way to it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import new_console
from tests.server import Server
from tests.waiting import wait_until


@pytest.fixture
def someone(server: Server, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A person without a console yet."""
    name = request.node.name.replace("_", "-")[5:35].strip("-")
    server.add_user(name, "a long enough password")
    return name, "a long enough password"


def box(locator: Locator) -> dict[str, float]:
    """Return the edges in CSS pixels of the page."""
    at = box_of(locator)
    return {
        "left": at["x"],
        "right": at["x"] + at["width"],
        "top": at["y"],
        "bottom": at["y"] + at["height"],
    }


def is_inside(inner: Locator, outer: Locator) -> bool:
    """Whether nothing of `inner` is cut off at the sides of `outer`."""
    a, b = box(inner), box(outer)
    return b["left"] - 1 <= a["left"] and a["right"] <= b["right"] + 1


def key(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Extra keys").get_by_role(
        "button", name=name, exact=True
    )


def turn(page: Page) -> None:
    """Show the next keys, and wait until their row stands still."""
    page.evaluate(WATCH_ROW)
    key(page, "Next keys").tap()
    wait_until(lambda: page.evaluate("window.turned"), 20, "the page is turned")


WATCH_ROW = """() => {
  window.turned = false;
  document.querySelector(".key-scroller").addEventListener("scrollend", () => { turned = true; });
}"""


def test_console_tabs_have_room_beside_the_buttons(
    device: Device, server: Server, someone: tuple[str, str]
) -> None:
    page = sign_in(device("phone"), server, someone)
    ide = Ide(page)
    new_console(page)
    strip = page.locator(".console-tabs:visible")
    first, second = ide.console_tab("Bash").first, ide.console_tab("Bash 2")
    wait_until(lambda: is_inside(first, strip), 20, "the first tab")
    wait_until(lambda: is_inside(second, strip), 20, "and the second")
    expect(ide.button("New Python console")).to_be_visible()
    expect(ide.button("Consoles")).to_be_hidden()  # all of them have tabs in sight
    of_this_one = page.get_by_role("button", name="More actions for console Bash 2")
    for entry, name in (("Search everything", "Search everything"), ("Runs of all", "Runs")):
        ide.choose(of_this_one, entry)
        expect(ide.dialog(name)).to_be_visible()
        page.keyboard.press("Escape")
        expect(ide.dialog(name)).to_have_count(0)
    third = new_console(page)
    third_tab = ide.console_tab("Bash 3")
    wait_until(lambda: is_inside(third_tab, strip), 20, "the tab in front scrolled into sight")
    third.start("sleep 1000")
    expect(third_tab).to_have_attribute("title", re.compile("^Bash 3: running"))
    ide.button("Close console Bash 3").tap()
    page.get_by_role("dialog").get_by_role("button", name="Keep running").tap()
    expect(ide.button("Consoles, 1 kept running")).to_be_visible()


def test_every_extra_key_can_be_reached(device: Device, server: Server) -> None:
    page = sign_in(device("phone"), server)
    new_console(page)
    page.locator(".xterm:visible").tap()
    row = page.get_by_role("toolbar", name="Extra keys")
    scroller = row.locator(".key-scroller")
    for name in ("Esc", "Tab", "Ctrl", "Left", "Down", "Up", "Right"):
        wait_until(lambda name=name: is_inside(key(page, name), scroller), 20, name)
    expect(key(page, "Next keys")).to_have_count(0)
    actions = page.get_by_role("toolbar", name="File and account")
    compose = actions.get_by_role("button", name="Compose", exact=True)
    expect(actions.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    compose.tap()
    expect(page.get_by_role("textbox", name="Text to send")).to_be_focused()
    page.get_by_role("button", name="Close the compose line").tap()
    page.locator(".xterm:visible").tap()
    key(page, "More keys").tap()
    rest = ("Compose", "Paste", "Alt", "Shift", "Pipe", "Slash", "Minus", "Tilde", "Ctrl C")
    for name in rest:
        while not is_inside(key(page, name), scroller):
            turn(page)
    expect(page.locator(".xterm-helper-textarea:focus")).to_have_count(1)  # the keyboard stays
    key(page, "More keys").tap()
    wait_until(lambda: is_inside(key(page, "Esc"), scroller), 20, "Esc")


def test_a_row_that_fits_has_no_pages(device: Device, server: Server) -> None:
    page = sign_in(device("landscape"), server)
    page.locator(".xterm:visible").first.tap()
    expect(key(page, "Show keyboard").or_(key(page, "Hide keyboard"))).to_be_visible()
    expect(key(page, "Next keys")).to_have_count(0)


def test_a_notice_covers_no_button(device: Device, server: Server) -> None:
    page = sign_in(device("phone"), server)
    ide = Ide(page)
    new_console(page)
    page.locator(".xterm:visible").tap()
    ide.put("note.md", "a\n")
    ide.open("note.md")
    ide.button("Run").tap()
    expect(ide.notices).to_contain_text("Run works for")
    bar = page.locator(".statusbar")
    wait_until(lambda: box(ide.notices)["bottom"] <= box(bar)["top"], 20, "it stands above")


NOT_CUT = """it => it.scrollHeight <= it.clientHeight && it.scrollWidth <= it.clientWidth"""


def test_the_title_of_a_run_is_not_cut(
    device: Device, server: Server, someone: tuple[str, str]
) -> None:
    ide = Ide(sign_in(device("phone"), server, someone))
    ide.put("training_2.py", "input()\n")
    ide.open("training_2.py")
    ide.button("Run").tap()
    expect(ide.button("Stop")).to_be_visible()
    title = ide.page.locator(".top-title")
    expect(title).to_have_text("training_2.py")
    wait_until(lambda: title.evaluate(NOT_CUT), 20, "the whole title")
    stop = ide.button("Stop")
    wait_until(lambda: box(title)["right"] <= box(stop)["left"], 20, "it leaves Stop free")
    expect(ide.button("Run")).to_be_visible()  # by its icon, and still by this name


WHOLE = """word => [word, word.parentElement].every(
  ({scrollWidth, clientWidth}) => scrollWidth <= clientWidth + 1
) && word.parentElement.scrollWidth <= innerWidth"""


def test_the_connection_is_readable_beside_a_long_report(
    device: Device, server: Server, someone: tuple[str, str]
) -> None:
    page = sign_in(device("phone"), server, someone)
    ide = Ide(page)
    ide.put("a-rather-long-name-of-a-program.py", "raise SystemExit(3)\n")
    ide.open("a-rather-long-name-of-a-program.py")
    ide.button("Run").tap()
    expect(ide.run_status).to_contain_text("Ended")
    for word in (ide.connection, ide.file_status):
        wait_until(lambda word=word: word.evaluate(WHOLE), 20, f"the whole of {word}")
