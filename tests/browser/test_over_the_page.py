"""What comes over the page when it is asked for is for fingers and for large letters too.

Of WCAG 2.2: targets for fingers, with a name each; text spacing (1.4.12); 200 % letters (1.4.4).
"""

import re
from collections.abc import Callable, Iterator
from itertools import count
from pprint import pformat
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, cut_off, nameless, small
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console, paste

AGAIN = count(101)
SPACED = """:not(.xterm, .xterm *) {
  line-height: 1.5 !important;
  letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }"""
"""As much as a person may want between letters, words and lines. A terminal is a grid."""
SIZES = {"spaced": {"width": 1280, "height": 800}, "200 %": {"width": 640, "height": 400}}
"""A desktop, and what is left of it at 200 %: browsers enlarge letters with all the rest."""


@pytest.fixture(scope="module", params=["phone", "desktop"])
def ide(one_page: Callable[[str], Page], request: pytest.FixtureRequest) -> Ide:
    ide = Ide(one_page(request.param))
    ide.wait_connected()
    ide.put("over.txt", "a needle\n")
    return ide


@pytest.fixture(scope="module")
def view(ide: Ide) -> ConsoleView:
    """A console in which something ran."""
    view = new_console(ide.page)
    view.run("clear; echo need''le")
    view.expect(re.compile(r"needle\s*~ \$"))
    return view


def close_all(ide: Ide) -> None:
    dialogs = ide.page.locator("dialog[open]")
    while left := dialogs.count():
        ide.page.keyboard.press("Escape")  # one too many would be the page's
        expect(dialogs).not_to_have_count(left)


def of_console(ide: Ide, item: str) -> None:
    ide.choose(ide.page.get_by_role("button", name="More actions for console"), item)


def command(ide: Ide, text: str) -> None:
    """Choose it from all commands, at any size."""
    ide.button("All commands").click()
    ide.dialog("Commands").get_by_role("combobox").fill(text)
    ide.page.keyboard.press("Enter")


def opened(ide: Ide, name: str | re.Pattern[str]) -> Locator:
    """The dialog of this name, once it is there."""
    dialog = ide.page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    return dialog


def console_states(ide: Ide, view: ConsoleView) -> Iterator[str]:
    of_console(ide, "Select and copy")
    expect(opened(ide, re.compile("^Text of ")).locator("pre")).to_contain_text("needle")
    yield "copy mode"
    close_all(ide)
    for item, name in (("Read last output", "Last output of"), ("Rename", "Rename console")):
        of_console(ide, item)
        opened(ide, re.compile(f"^{name}"))
        yield item
        close_all(ide)
    of_console(ide, "Compose a text")
    expect(ide.page.get_by_role("textbox", name="Text to send")).to_be_focused()
    yield "the compose line"
    ide.button("Close the compose line").click()
    command(ide, "runs of all")
    more = opened(ide, "Runs").get_by_role("button", name="More actions for").first
    expect(more).to_be_visible()
    yield "runs"
    more.click()
    expect(ide.page.get_by_role("menu")).to_be_visible()
    yield "the menu of a run"
    close_all(ide)
    command(ide, "search everything")
    opened(ide, "Search everything").get_by_role("combobox").fill("needle")
    expect(ide.page.get_by_role("option").first).to_be_visible()
    yield "search everything"
    close_all(ide)
    here = next(AGAIN)  # what stood there before proves nothing
    view.run(f"echo cat-$(({here}*7)); cat")
    view.expect(f"cat-{here * 7}")
    paste(view, "one\ntwo")
    expect(ide.page.get_by_role("region", name="The lines")).to_be_visible()
    yield "a question before pasting"
    close_all(ide)
    view.take_keys()
    ide.page.keyboard.press("Control+d")


def output_states(ide: Ide) -> Iterator[str]:
    of_console(ide, "Earlier output")
    output = ide.page.get_by_role("region", name="Output of ")
    expect(output.get_by_role("log")).to_contain_text("needle")
    yield "the whole output"
    for item, name in (("A command…", "Go to a command"), ("A time…", "Go to a time")):
        ide.choose(output.get_by_role("button", name="Go to"), item)
        dialog = opened(ide, name)
        expect(dialog.get_by_role("button").last).to_be_visible()
        yield name
        close_all(ide)
    output.get_by_role("button", name="Back to the console").click()
    expect(output).to_have_count(0)


def file_states(ide: Ide) -> Iterator[str]:
    ide.show_files()
    ide.choose(ide.button("More for files"), "Find in files…")
    dialog = opened(ide, "Find in files")
    dialog.get_by_role("textbox", name="Text to find").fill("needle")
    ide.page.keyboard.press("Enter")
    expect(dialog.get_by_role("status", name="Found")).to_contain_text("1 line")
    yield "find in files"
    close_all(ide)
    for item, name in (("Move", "Move over.txt to"), ("Rename", "Rename over.txt")):
        ide.actions_of("over.txt", item)
        opened(ide, name)
        yield name
        close_all(ide)
    ide.actions_of("over.txt", "Select")
    expect(ide.page.get_by_role("group", name="Selected files")).to_be_visible()
    yield "select mode"
    ide.page.get_by_role("group", name="Selected files").get_by_role("button", name="Done").click()
    command(ide, "key tester")
    dialog = opened(ide, "Key tester")
    yield "the key tester"
    dialog.get_by_role("button", name="Close").click()  # its field keeps Escape
    expect(dialog).to_have_count(0)


def page_states(ide: Ide, view: ConsoleView) -> Iterator[str]:
    ide.open("over.txt")
    yield "a file"
    ide.show_files()
    yield "the files"
    parts = ide.page.get_by_role("navigation", name="Parts of the page")
    if parts.is_visible():
        parts.get_by_role("button", name="Console").click()
    expect(view.region).to_be_visible()
    yield "a console"
    ide.button("Account and settings").click()
    expect(ide.page.get_by_role("menu")).to_be_visible()
    yield "the account menu"
    close_all(ide)
    for item in ("Workspace", "Keyboard", "Change password"):
        ide.account(f"{item}…")
        expect(opened(ide, item).get_by_role("button").last).to_be_visible()
        yield item
        close_all(ide)


def states(ide: Ide, view: ConsoleView) -> Iterator[str]:
    yield from page_states(ide, view)
    yield from console_states(ide, view)
    yield from output_states(ide)
    yield from file_states(ide)


def check(ide: Ide, view: ConsoleView, wrong: Callable[[Page], dict[str, list[Any]]]) -> None:
    found = {state: wrong(ide.page) for state in states(ide, view)}
    found = {state: what for state, what in found.items() if any(what.values())}
    assert found == {}, pformat(found, width=160)


@pytest.mark.parametrize("ide", ["phone"], indirect=True)
def test_it_can_be_hit_is_named_and_in_sight_and_spaced(ide: Ide, view: ConsoleView) -> None:
    def wrong(page: Page) -> dict[str, list[Any]]:
        hit = {"small": small(page), "nameless": nameless(page), "beyond": beyond(page)}
        return {**hit, "cut off": cut_off(page, SPACED)}

    check(ide, view, wrong)


@pytest.mark.parametrize("ide", ["desktop"], indirect=True)
@pytest.mark.parametrize("way", ["spaced", "200 %"])
def test_no_text_is_cut_off_however_large_or_spaced(ide: Ide, view: ConsoleView, way: str) -> None:
    ide.page.set_viewport_size(SIZES[way])
    parts = ide.page.get_by_role("navigation", name="Parts of the page")
    expect(parts).to_be_visible(visible=way == "200 %")
    check(ide, view, lambda page: {"cut off": cut_off(page, SPACED if way == "spaced" else "")})
