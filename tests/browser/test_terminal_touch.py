"""Fingers: a tap focuses, a drag scrolls, the key row types, the keyboard covers nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Device, sign_in, touch_devices
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    bytes_that_arrive,
    new_console,
    remove_consoles,
    soft_key,
    strike,
    touch_drag,
)
from tests.server import Server

FRAMES = """async count => {
  for (; count > 0; count -= 1) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture(params=touch_devices("landscape", "phone"))
def page(device: Device, server: Server, request: pytest.FixtureRequest) -> Page:
    return sign_in(device(request.param), server)


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def tap(view: ConsoleView) -> None:
    box = box_of(view.rows)
    view.page.touchscreen.tap(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_typing_ends_the_glide_and_shows_the_prompt(view: ConsoleView):
    view.run("clear; seq -f 'line %g' 1 400")
    view.expect("line 400")
    view.input.focus()
    box = box_of(view.rows)
    touch_drag(view.page, box["x"] + 100, box["y"] + 20, box["y"] + box["height"] - 10)
    view.run("echo typed-$((2+3))")
    view.expect("typed-5")
    view.page.evaluate(FRAMES, 20)
    view.expect("typed-5")


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_scrollbar_is_a_thin_line_over_the_text(view: ConsoleView):
    view.run("clear; seq -f 'line %g' 1 400")
    view.expect("line 400")
    slider = view.region.locator(".scrollbar.vertical > .slider")
    box = box_of(slider)
    drawn = slider.evaluate(
        """slider => {
             const {borderLeftWidth, borderRightWidth, width} = getComputedStyle(slider);
             return [width, borderLeftWidth, borderRightWidth].map(Number.parseFloat);
           }"""
    )
    assert drawn[0] - drawn[1] - drawn[2] == 4
    region = box_of(view.region)
    assert box["x"] + box["width"] <= region["x"] + region["width"]


def test_a_drag_in_a_full_screen_program_sends_arrows(view: ConsoleView):
    bytes_that_arrive(view, full_screen=True)
    box = box_of(view.rows)
    touch_drag(view.page, box["x"] + 100, box["y"] + 20, box["y"] + box["height"] - 10)
    view.expect("<1b><5b><41><1b><5b><41>")
    view.page.keyboard.type("q")
    view.expect("over")


def test_the_key_row_types(view: ConsoleView):
    tap(view)
    bar = view.page.get_by_role("toolbar", name="Extra keys")
    expect(bar).to_be_visible()
    bytes_that_arrive(view)
    view.page.keyboard.type("x")
    view.expect("<78>")
    tap(view)
    expect(bar).to_be_visible()
    for name in ("Esc", "Tab", "Left", "Pipe", "Tilde"):
        if not bar.get_by_role("button", name=name, exact=True).count():  # on a phone
            bar.get_by_role("button", name="More keys", exact=True).tap()
        strike(bar.get_by_role("button", name=name, exact=True))
    view.expect("<1b><09><1b><5b><44><7c><7e>")
    expect(view.input).to_be_focused()
    view.page.keyboard.type("q")
    view.expect("over")


@pytest.mark.parametrize("page", ["landscape"], indirect=True)
@pytest.mark.parametrize("allowed", [True, False], ids=["readable", "closed"])
def test_paste_of_the_key_row(view: ConsoleView, *, allowed: bool):
    page = view.page
    if allowed:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.evaluate("navigator.clipboard.writeText(\"echo pas''ted-$((2+3))\")")
    tap(view)
    bar = page.get_by_role("toolbar", name="Extra keys")
    bar.get_by_role("button", name="Paste", exact=True).tap()
    if not allowed:
        dialog = page.get_by_role("dialog", name="Paste")
        dialog.get_by_role("textbox", name="Text to paste").fill("echo pas''ted-$((2+3))")
        dialog.get_by_role("button", name="Send to the console").tap()
    view.expect("echo pas''ted")
    expect(view.input).to_be_focused()
    page.keyboard.press("Enter")
    view.expect("pasted-5")


@pytest.mark.parametrize("page", ["landscape"], indirect=True)
def test_a_click_that_takes_the_key_row_away_is_not_lost(view: ConsoleView):
    tap(view)
    bar = view.page.get_by_role("toolbar", name="Extra keys")
    expect(bar).to_be_visible()
    box = box_of(view.page.get_by_role("button", name="New Python console"))
    view.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    view.page.evaluate(FRAMES, 10)
    view.page.mouse.up()
    expect(view.page.get_by_role("region", name="Console Python")).to_be_visible()
    expect(bar).to_be_hidden()


def test_ctrl_of_the_key_row_holds_for_the_next_soft_key(view: ConsoleView):
    tap(view)
    view.sleep()
    ctrl = view.page.get_by_role("toolbar", name="Extra keys").get_by_role("button", name="Ctrl")
    tap(view)
    strike(ctrl)
    expect(ctrl).to_have_attribute("aria-pressed", "true")
    soft_key(view, "c")
    expect(ctrl).to_have_attribute("aria-pressed", "false")
    view.run("echo status-$?")
    view.expect("status-130")


def test_arrows_repeat_while_held(view: ConsoleView):
    tap(view)
    bytes_that_arrive(view)
    view.page.keyboard.type("x")
    view.expect("<78>")
    tap(view)
    up = view.page.get_by_role("toolbar", name="Extra keys").get_by_role(
        "button", name="Up", exact=True
    )
    up.dispatch_event("pointerdown", {"pointerType": "touch"})
    view.expect("<1b><5b><41><1b><5b><41><1b><5b><41>")
    up.dispatch_event("pointerup", {"pointerType": "touch"})
    view.page.keyboard.type("q")
    view.expect("over")


def test_the_page_ends_where_the_keyboard_begins(view: ConsoleView):
    page = view.page
    tap(view)
    size = page.viewport_size
    assert size
    left = min(460, size["height"] - 160)
    page.set_viewport_size({"width": size["width"], "height": left})
    expect(page.locator("html")).to_have_attribute("data-keyboard", "up")
    app = page.locator("#app")
    page.wait_for_function(
        "left => document.querySelector('#app').getBoundingClientRect().bottom <= left", arg=left
    )
    assert box_of(app)["height"] <= left
    box = box_of(view.region)
    assert box["y"] + box["height"] <= left
    expect(page.get_by_role("complementary", name="File tree")).to_have_count(0)
    view.run("clear; seq 100; echo still-visible")
    view.expect("still-visible")
    scrolled = "region => region.querySelector('.console-terminal').scrollTop"
    assert view.region.evaluate(scrolled) == 0
    page.set_viewport_size(size)
    expect(page.locator("html")).not_to_have_attribute("data-keyboard", "up")
