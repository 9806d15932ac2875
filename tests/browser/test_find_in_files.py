"""Find in files: by key and by finger, to the line, and back to what was found."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, find_bar, new_console, remove_consoles
from tests.waiting import wait_until

JSON = {"Content-Type": "application/json"}
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 1180, "height": 820}


@pytest.fixture(scope="module")
def ide(one_page: Callable[[str], Page]) -> Ide:
    ide = Ide(one_page("landscape"))
    ide.wait_connected()
    for folder in ("src", "src/deep", "venv"):
        ide.api("POST", "files/folder", body=json.dumps({"path": folder}), headers=JSON)
    lines = "".join(f"line {number}\n" for number in range(1, 300))
    ide.put("src/deep/one.py", f"{lines}    say('é', Needle)\n{lines}")
    ide.put("two.txt", "a needle and a needle\n\nneedles\n")
    ide.put("venv/three.txt", "needle\n")
    return ide


def dialog(ide: Ide) -> Locator:
    return ide.dialog("Find in files")


def found(ide: Ide) -> Locator:
    return dialog(ide).get_by_role("status", name="Found")


def rows(ide: Ide) -> Locator:
    return dialog(ide).get_by_role("region", name="Lines found").get_by_role("button")


def selection(ide: Ide) -> str:
    return ide.page.evaluate("getSelection().toString()")


def test_it_leads_to_the_line_and_shows_again_what_was_found(ide: Ide):
    page = ide.page
    ide.open("two.txt").click()
    page.keyboard.press("Control+Shift+F")
    field = dialog(ide).get_by_role("textbox", name="Text to find")
    expect(field).to_be_focused()
    page.keyboard.type("needle")
    expect(field).to_have_value("needle")
    page.keyboard.press("Enter")
    expect(found(ide)).to_have_text("3 lines in 2 files")
    for row in range(3):
        page.keyboard.press("ArrowDown")
        expect(rows(ide).nth(row)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(ide)).to_have_count(0)
    expect(ide.editor("one.py")).to_be_focused()
    line = ide.editor("one.py").locator(".cm-activeLine")
    expect(line).to_have_text("    say('é', Needle)")
    expect(line).to_be_in_viewport()
    wait_until(lambda: selection(ide) == "Needle", 20, "what was found is selected")

    page.keyboard.press("Control+Shift+F")
    expect(field).to_have_value("needle")
    expect(rows(ide)).to_have_count(3)
    seen = rows(ide).filter(has_text="say('é'")
    expect(seen).to_have_attribute("aria-current", "true")
    dialog(ide).get_by_role("button", name="Upper and lower case differ").tap()
    expect(found(ide)).to_have_text("2 lines in 1 file")
    dialog(ide).get_by_role("button", name="All folders").tap()
    expect(dialog(ide).get_by_role("heading", name="three.txt venv")).to_be_visible()
    dialog(ide).get_by_role("button", name="All folders").tap()
    dialog(ide).get_by_role("button", name="Upper and lower case differ").tap()
    expect(found(ide)).to_have_text("3 lines in 2 files")
    refusal = {"error": {"code": "too_many", "message": "Two searches"}}
    page.route("**/files/find?*", lambda route: route.fulfill(status=429, json=refusal))
    field.press("Enter")
    expect(dialog(ide).get_by_role("alert")).to_have_text("Two searches")
    field.fill("needles")
    expect(found(ide)).to_have_text("Enter starts the search.")
    page.unroute("**/files/find?*")
    dialog(ide).get_by_role("button", name="Close", exact=True).tap()


def test_a_finger_looks_in_one_folder_on_a_phone(ide: Ide):
    page = ide.page
    parts = page.get_by_role("navigation", name="Parts of the page")
    page.set_viewport_size(PHONE)
    expect(parts).to_be_visible()
    ide.actions_of("src", "Find in it…")
    dialog(ide).get_by_role("textbox", name="Text to find").fill("needle")
    expect(found(ide)).to_have_text("Enter starts the search.")
    page.keyboard.press("Enter")
    expect(found(ide)).to_have_text("1 line in 1 file")
    assert (nameless(page), small(page), beyond(page)) == ([], [], [])
    dialog(ide).get_by_role("button", name="In src: search all files").tap()
    expect(found(ide)).to_contain_text("in 2 files")
    rows(ide).get_by_text("needles").tap()
    expect(ide.tree).to_have_count(0)  # it would lie over the text
    expect(ide.editor("two.txt").locator(".cm-activeLine")).to_have_text("needles")
    expect(ide.editor("two.txt")).not_to_be_focused()  # no keyboard comes by itself
    page.set_viewport_size(TABLET)
    expect(parts).to_have_count(0)


def test_in_a_console_the_keys_are_its_own_search(ide: Ide):
    console: ConsoleView = new_console(ide.page)
    console.input.focus()
    ide.page.keyboard.press("Control+Shift+F")
    expect(find_bar(console)).to_be_visible()
    expect(dialog(ide)).to_have_count(0)
    remove_consoles(ide.page)
    assert ide.troubles == []
