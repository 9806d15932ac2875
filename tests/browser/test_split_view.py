"""Beside another app: the widths of Split View and Slide Over, and keyboards that cover nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, small
from tests.browser.terminals import ConsoleView, new_console, remove_consoles, soft_key
from tests.browser.test_viewport import FRAMES, SHRINK, edges_of, height_of
from tests.server import Server
from tests.waiting import wait_until

WIDTHS = (694, 507, 375, 320, 678)
"""Of a window beside another app, in CSS pixels, on tablets of several sizes."""
HEIGHT, ABOVE_KEYBOARD = 1000, 560
APPLE = "Object.defineProperty(Navigator.prototype, 'platform', {get: () => 'MacIntel'})"


@pytest.fixture(scope="module")
def page(one_page: Callable[[str], Page]) -> Page:
    page = one_page("portrait")
    page.add_init_script(APPLE)
    page.reload()
    return page


@pytest.fixture
def view(page: Page) -> ConsoleView:
    page.set_viewport_size({"width": 820, "height": HEIGHT})
    remove_consoles(page)
    return new_console(page)


def key(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Extra keys").get_by_role("button", name=name)


def is_above(view: ConsoleView, edge: float) -> bool:
    """Whether the last line is in sight, above this height of the page."""
    box = view.rows.locator("> div", has_text="end-of-it").bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= edge


def test_every_width_beside_another_app_has_room_for_all(view: ConsoleView, server: Server):
    page = view.page
    view.run("clear; seq 60; echo end-of-''it")
    view.expect("end-of-it")
    view.region.locator(".xterm-screen").tap()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wait_until(lambda w=width: edges_of(page.locator("#app"))["width"] == w, 20, "as wide")
        wait_until(lambda w=width: edges_of(view.rows)["right"] <= w, 20, "a grid that fits")
        wait_until(lambda: (beyond(page), small(page)) == ([], []), 20, f"{width} wide")
        expect(view.input).to_be_focused()
        page.evaluate(SHRINK, [ABOVE_KEYBOARD, True])
        wait_until(lambda: height_of(page) == ABOVE_KEYBOARD, 20, "above the keyboard")
        wait_until(lambda: is_above(view, ABOVE_KEYBOARD), 20, f"the last line, {width} wide")
        wait_until(
            lambda: edges_of(key(page, "Esc"))["bottom"] <= ABOVE_KEYBOARD, 20, "the key row"
        )
        wait_until(lambda: (beyond(page), small(page)) == ([], []), 20, f"{width} wide")
        page.evaluate(SHRINK, [HEIGHT, True])
        wait_until(lambda: height_of(page) == HEIGHT, 20, "the room is back")


@pytest.mark.parametrize("covered", [0, 55], ids=["floating", "only its bar of shortcuts"])
def test_a_keyboard_that_covers_next_to_nothing_moves_nothing(view: ConsoleView, covered: int):
    page = view.page
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()
    page.evaluate(SHRINK, [HEIGHT - covered, True])
    wait_until(lambda: height_of(page) == HEIGHT - covered, 20, "all but that")
    expect(page.locator("html[data-keyboard=up]")).to_have_count(0)
    wait_until(
        lambda: HEIGHT - covered - 20 < edges_of(key(page, "Esc"))["bottom"] <= HEIGHT - covered,
        20,
        "the row stays at the bottom",
    )
    panes = page.locator(".pane").count()
    for char in "echo float$((3+4))":
        soft_key(view, char)
    # xterm sends the last one a task later: no person's Enter is quicker than that.
    view.expect("echo float$((3+4))")
    page.keyboard.press("Enter")
    view.expect("float7")
    assert page.locator(".pane").count() == panes
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    page.evaluate(SHRINK, [HEIGHT, True])


def test_a_window_made_narrower_with_the_keyboard_up_still_has_it_up(one_page, server: Server):
    """Where a keyboard shrinks the whole window; on Apple's tablets it does not."""
    page = one_page("landscape")
    view = new_console(page)
    view.input.focus()
    page.set_viewport_size({"width": 1180, "height": 460})
    up = page.locator("html[data-keyboard=up]")
    expect(up).to_have_count(1)
    page.set_viewport_size({"width": 678, "height": 460})
    wait_until(lambda: edges_of(page.locator("#app"))["width"] == 678, 20, "narrower")
    page.evaluate(FRAMES)
    expect(up).to_have_count(1)
    page.set_viewport_size({"width": 678, "height": 820})
    expect(up).to_have_count(0)
