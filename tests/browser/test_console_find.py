"""Search in what a console printed, by keys and by fingers."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.terminals import (
    ConsoleView,
    bytes_that_arrive,
    new_console,
    remove_consoles,
)
from tests.server import Server

PRINT = "clear; for n in $(seq 300); do echo line $n $((n % 100 == 7)); done | sed 's/1$/fo''und/'"


@pytest.fixture
def desk(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("desktop"), server))


@pytest.fixture
def phone(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("phone"), server))


def console_on(page: Page) -> Iterator[ConsoleView]:
    view = new_console(page)
    view.run(PRINT)
    view.expect("line 300")
    yield view
    remove_consoles(page)


def bar(view: ConsoleView) -> Locator:
    return view.region.get_by_role("search", name="Find in the output")


def count(view: ConsoleView) -> Locator:
    return bar(view).get_by_role("status", name="Matches")


def test_ctrl_f_finds_in_the_scrollback_and_escape_ends_it(desk: ConsoleView):
    keyboard = desk.page.keyboard
    keyboard.press("Control+f")
    expect(bar(desk).get_by_role("textbox")).to_be_focused()
    keyboard.type("FOUND")
    expect(count(desk)).to_have_text("3 of 3")
    desk.expect("line 207 found")
    keyboard.press("Shift+Enter")
    expect(count(desk)).to_have_text("2 of 3")
    desk.expect("line 107 found")
    keyboard.press("Enter")
    keyboard.press("Enter")
    expect(count(desk)).to_have_text("1 of 3")
    desk.expect("line 7 found")
    keyboard.type("x")
    expect(count(desk)).to_have_text("none")
    keyboard.press("Escape")
    expect(bar(desk)).to_have_count(0)
    expect(desk.input).to_be_focused()
    desk.run("echo ty''ped")
    desk.expect("typed")


def test_a_full_screen_program_keeps_its_ctrl_f(desk: ConsoleView):
    bytes_that_arrive(desk, full_screen=True)
    desk.page.keyboard.press("Control+f")
    desk.expect("<06>")
    desk.page.keyboard.press("Control+Shift+F")
    expect(bar(desk).get_by_role("textbox")).to_be_focused()
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("q")
    desk.expect("over")


def test_fingers_find_by_the_menu_of_the_console(phone: ConsoleView):
    phone.page.get_by_role("button", name=re.compile("^More actions for ")).tap()
    phone.page.get_by_role("menuitem", name="Find in the output").tap()
    field = bar(phone).get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill("found")
    expect(count(phone)).to_have_text("3 of 3")
    for name in ("Previous match", "Next match", "Close the search"):
        box = bar(phone).get_by_role("button", name=name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    bar(phone).get_by_role("button", name="Previous match").tap()
    expect(count(phone)).to_have_text("2 of 3")
    phone.expect("line 107 found")
    box = bar(phone).bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    bar(phone).get_by_role("button", name="Close the search").tap()
    expect(bar(phone)).to_have_count(0)
