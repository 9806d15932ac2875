"""What xterm.js leaves to this page on a tablet, or gets wrong.

The page does these three by itself (console/touch.ts, console/keyboard.ts), as the version it is
pinned to does not. Another version may do one of them too, and then both act, or do it otherwise:
whoever changes the pin looks at these first.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Device, sign_in, touch_devices
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    new_console,
    press_as_webkit_does,
    remove_consoles,
    touch_drag,
)
from tests.server import Server


@pytest.fixture(params=touch_devices("landscape", "phone"))
def page(device: Device, server: Server, request: pytest.FixtureRequest) -> Page:
    return sign_in(device(request.param), server)


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def test_a_tap_focuses_and_typing_arrives(view: ConsoleView):
    box = box_of(view.rows)
    view.page.touchscreen.tap(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    expect(view.input).to_be_focused()
    view.page.keyboard.type("echo tap-$((2+3))\n")
    view.expect("tap-5")


def test_a_drag_scrolls_and_does_not_focus(view: ConsoleView):
    view.run("clear; seq -f 'line %g' 1 200")
    view.expect("line 200")
    view.page.evaluate("document.activeElement.blur()")
    box = box_of(view.rows)
    touch_drag(view.page, box["x"] + 100, box["y"] + 20, box["y"] + box["height"] - 10)
    expect(view.rows).not_to_contain_text("line 200")
    expect(view.input).not_to_be_focused()


@pytest.mark.parametrize("page", ["landscape"], indirect=True)
def test_control_c_that_arrives_with_the_code_of_enter_is_still_control_c(view: ConsoleView):
    view.sleep()
    press_as_webkit_does(view, "c")
    view.run("echo status-$?")
    view.expect("status-130")
