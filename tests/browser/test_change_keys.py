"""The page's keys are changed by pressing others, and follow the person."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

PREFS = "../../prefs"

SEEN = """() => { addEventListener("keydown", (event) => {
  if (event.key === "=") window.taken = event.defaultPrevented;
}); }"""
"""Runs after the page's own listener, which hears keys on their way down."""


@pytest.fixture
def ide(one_page: Callable[[str], Page]) -> Ide:
    ide = Ide(one_page("landscape"))
    ide.wait_connected()
    return ide


def dialog(ide: Ide) -> Locator:
    return ide.dialog("Change keys")


def choose(ide: Ide, what: str, *chords: str) -> Locator:
    """Press other keys for an action; returns its row."""
    row = dialog(ide).get_by_role("listitem").filter(has_text=what)
    row.get_by_role("button").last.tap()
    expect(row.get_by_role("status")).to_have_text("Press the key…")
    for chord in chords:
        ide.page.keyboard.press(chord)
    return row


def kept_keys(ide: Ide) -> dict:
    """What the server has of chosen keys, by keyboard."""
    return json.loads(ide.api("GET", PREFS)["text"]).get("keys", {})


def test_other_keys_are_pressed_kept_and_given_back(ide: Ide):
    page = ide.page
    ide.account("Keyboard…")
    ide.dialog("Keyboard").get_by_role("button", name="Change keys…").tap()
    files = choose(ide, "Show or hide the files", "Control+e")
    expect(files.locator("kbd")).to_have_text("Ctrl E")
    kept = choose(ide, "Save", "Control+w")
    expect(kept.get_by_role("alert")).to_have_text("Ctrl W is kept by browsers or the system.")
    expect(choose(ide, "Save", "Control+e").get_by_role("alert")).to_contain_text("is taken")
    choose(ide, "Save", "Escape")
    wait_until(lambda: "others" in kept_keys(ide), 20, "what was chosen")
    theirs = {"apple": {"save": ["Meta+e"]}}
    other = {"body": json.dumps({"keys": theirs}), "headers": {"Content-Type": "application/json"}}
    assert ide.api("PUT", PREFS, **other)["status"] == 200  # by a device with another keyboard
    expect(kept.locator("kbd")).to_have_text("Ctrl S")
    expect(choose(ide, "Split the pane", "Control+k", "v").locator("kbd")).to_have_text(
        "Ctrl K, then V"
    )
    assert (nameless(page), small(page), beyond(page)) == ([], [], [])
    dialog(ide).get_by_role("button", name="Close", exact=True).tap()
    wait_until(lambda: kept_keys(ide).keys() == {"apple", "others"}, 20, "both keyboards' keys")

    page.reload()
    ide.wait_connected()
    ide.put("keys.txt", "")
    ide.open("keys.txt").click()
    page.keyboard.press("Control+b")  # it was theirs
    page.keyboard.press("Control+e")
    expect(ide.tree).to_have_count(0)
    page.keyboard.press("Control+e")
    expect(ide.tree).to_be_visible()
    ide.account("Keyboard…")
    expect(ide.dialog("Keyboard")).to_contain_text("Ctrl E")
    ide.dialog("Keyboard").get_by_role("button", name="Change keys…").tap()
    dialog(ide).get_by_role("button", name="Reset: Show or hide the files").tap()
    expect(files.locator("kbd")).to_have_text("Ctrl B")
    dialog(ide).get_by_role("button", name="Reset all").tap()
    expect(dialog(ide).get_by_role("button", name="Reset all")).to_be_disabled()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+b")
    expect(ide.tree).to_have_count(0)
    assert ide.troubles == []


@pytest.mark.parametrize("standalone", ["true", "false"])
def test_keys_change_the_letters_where_they_are_no_zoom(
    standalone: str, server: Server, device: Device
):
    context = device("landscape")
    told = "Object.defineProperty(navigator, 'standalone', { value: %s });"
    context.add_init_script(told % standalone)
    ide = Ide(sign_in(context, server))
    ide.wait_connected()
    ide.put("sizes.txt", "some text\n")
    ide.open("sizes.txt").click()
    text = ide.page.get_by_role("textbox", name="Editor: sizes.txt")
    expect(text).to_have_css("font-size", "16px")
    ide.page.evaluate(SEEN)
    ide.page.keyboard.press("Control+=")
    if standalone == "false":
        assert ide.page.evaluate("window.taken") is False
        return
    expect(text).to_have_css("font-size", "17px")
    ide.page.keyboard.press("Control+-")
    ide.page.keyboard.press("Control+-")
    expect(text).to_have_css("font-size", "15px")
    ide.page.keyboard.press("Control+0")
    expect(text).to_have_css("font-size", "16px")
    assert ide.page.evaluate("localStorage.getItem('terminal-letters')") is None
