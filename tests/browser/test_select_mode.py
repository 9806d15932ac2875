"""Select mode of the file tree: by finger and by key, one bar, one zip; and what is kept here."""

import json
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.audit import nameless, small
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.waiting import wait_until

NAMES = ("s0/a.txt", "s0/b.txt", "s0/inner/c.txt", "s1.txt", "s2.txt", "s3.txt")
FIRST_PAGE = {
    "more": True,
    "entries": [
        {"name": name, "ref": f"to/{name}", "kind": "file", "link": False, "size": 0, "mtime": 0}
        for name in ("x1", "x2")
    ],
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def pages(one_page: Callable[[str], Page]) -> dict[str, Ide]:
    return {name: Ide(one_page(name)) for name in ("phone", "desktop")}


@pytest.fixture
def opened(pages: dict[str, Ide]) -> Callable[[str], Ide]:
    def make(name: str) -> Ide:
        ide = pages[name]
        ide.wait_connected()
        for folder in ("s0", "s0/inner", "to"):
            ide.api("POST", "files/folder", body=json.dumps({"path": folder}), headers=JSON)
        for ref in NAMES:
            ide.put(ref, ref)
        ide.show_files()
        expect(ide.entry("s3.txt")).to_be_visible()
        return ide

    return make


def bar(ide: Ide):
    return ide.page.get_by_role("group", name="Selected files")


def press(ide: Ide, name: str) -> None:
    bar(ide).get_by_role("button", name=name).click()


def said(ide: Ide, words: str) -> None:
    expect(bar(ide).get_by_role("status")).to_have_text(words)


def selected(ide: Ide) -> list[str]:
    return ide.tree.evaluate(
        """tree => [...tree.querySelectorAll('[aria-selected=true]')]
             .map((row) => row.getAttribute('aria-label'))"""
    )


def test_by_finger(opened: Callable[[str], Ide]) -> None:
    ide = opened("phone")
    hold(ide, "s1.txt")
    ide.page.get_by_role("menuitem", name="Select", exact=True).tap()
    said(ide, "1 file selected")
    expect(ide.tree).to_have_attribute("aria-multiselectable", "true")
    ide.entry("s0").tap()  # selects it, and leaves it closed
    expect(ide.entry("a.txt")).to_have_count(0)
    said(ide, "2 files and folders selected")
    ide.actions_of("s0", "Open folder")
    ide.entry("a.txt").tap()
    said(ide, "3 files and folders selected")
    assert set(selected(ide)) == {"s0", "a.txt", "s1.txt"}
    assert small(ide.page) == []
    assert nameless(ide.page) == []
    with ide.page.expect_download() as download:
        press(ide, "Download")
    assert download.value.suggested_filename == "home.zip"
    with zipfile.ZipFile(download.value.path()) as zipped:
        assert zipped.testzip() is None
        assert set(zipped.namelist()) == {
            "s0/", "s0/a.txt", "s0/b.txt", "s0/inner/", "s0/inner/c.txt", "s1.txt",
        }  # fmt: skip
    ide.entry("s0").tap()
    ide.entry("b.txt").tap()
    press(ide, "Move…")
    picker = ide.dialog("Move 3 files to")
    picker.get_by_role("button", name="Up", exact=True).tap()
    picker.get_by_role("button", name="to", exact=True).tap()
    picker.get_by_role("button", name="Move here").tap()
    expect(ide.notices).to_contain_text("3 files moved to to.")
    expect(bar(ide)).to_have_count(0)
    expect(ide.tree).to_have_attribute("aria-multiselectable", "false")
    assert refs(ide, "to") == ["to/a.txt", "to/b.txt", "to/s1.txt"]
    ide.notices.get_by_role("button", name="Undo").tap()
    wait_until(lambda: refs(ide, "to") == [], 20, "all are back")
    assert refs(ide, "s0") == ["s0/inner", "s0/a.txt", "s0/b.txt"]


def hold(ide: Ide, name: str) -> None:
    """Leave a finger on a row until its menu is there."""
    box = box_of(ide.entry(name))
    touch = ide.page.context.new_cdp_session(ide.page)
    at = {"x": box["x"] + 60, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(ide.page.get_by_role("menu")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def refs(ide: Ide, folder: str) -> list[str]:
    listed = json.loads(ide.api("GET", f"files?path={folder}")["text"])
    return [entry["ref"] for entry in listed["entries"]]


def test_by_mouse_and_key(opened: Callable[[str], Ide]) -> None:
    ide = opened("desktop")
    held: list[Route] = []

    def hold(route: Route) -> None:
        route.continue_() if held else held.append(route)

    ide.page.route("**/files/content?path=s1.txt*", hold)
    ide.entry("s1.txt").click()
    ide.entry("s3.txt").click(modifiers=["Shift"])
    said(ide, "3 files selected")
    ide.entry("s2.txt").click(modifiers=["ControlOrMeta"])
    wait_until(lambda: selected(ide) == ["s1.txt", "s3.txt"], 20, "two are left")
    held[0].continue_()
    expect(ide.editor("s1.txt")).to_be_visible()  # and leaves the keys where they are by now
    ide.page.keyboard.press("Escape")
    expect(bar(ide)).to_have_count(0)
    expect(ide.entry("s2.txt")).to_be_focused()
    ide.page.keyboard.press("Shift+ArrowDown")
    said(ide, "2 files selected")
    expect(ide.entry("s3.txt")).to_be_focused()
    ide.page.keyboard.press("ArrowUp")  # walks, and selects nothing
    ide.page.keyboard.press("ArrowUp")
    ide.page.keyboard.press("Space")
    wait_until(lambda: selected(ide) == ["s1.txt", "s2.txt", "s3.txt"], 20, "another one")
    ide.page.keyboard.press("Control+a")
    wait_until(lambda: {"s0", "to", "s1.txt"} <= set(selected(ide)), 20, "all of them")
    press(ide, "Select none in the home folder")
    said(ide, "Nothing selected")
    expect(bar(ide).get_by_role("button", name="Delete")).to_be_disabled()
    ide.entry("s2.txt").click()
    ide.entry("s0").click()
    ide.page.keyboard.press("Delete")
    ask = ide.dialog("Delete 2 files and folders?")
    expect(ask).to_contain_text("s0, s2.txt. Folders go with all that is in them.")
    ask.get_by_role("button", name="Delete").click()
    expect(ide.notices).to_contain_text("2 files and folders deleted.")
    expect(ide.entry("s0")).to_have_count(0)
    assert "s2.txt" not in refs(ide, "")
    expect(bar(ide)).to_have_count(0)
    ide.page.locator(".files-header").get_by_role("button", name="More for files").click()
    ide.page.get_by_role("menuitemcheckbox", name="Select files").click()
    said(ide, "Nothing selected")
    ide.entry("s1.txt").click()
    with ide.page.expect_download() as download:  # one file is no zip
        press(ide, "Download")
    assert download.value.suggested_filename == "s1.txt"
    press(ide, "Done")
    expect(bar(ide)).to_have_count(0)
    expect(ide.entry("s1.txt")).to_be_focused()
    assert ide.troubles == []


def test_all_of_a_folder_that_is_not_all_listed_yet(opened: Callable[[str], Ide]) -> None:
    ide = opened("desktop")
    ide.page.route("**/files?path=to", lambda route: route.fulfill(json=FIRST_PAGE))
    ide.entry("to").click()
    ide.entry("x1").click(modifiers=["ControlOrMeta"])
    press(ide, "Select all in to")
    said(ide, "2 files selected")
    expect(ide.notices).to_contain_text("Of this folder 2 are listed so far")
    ide.page.unroute("**/files?path=to")
    press(ide, "Done")
    ide.entry("to").click()


def test_a_folder_as_zip_or_why_not(opened: Callable[[str], Ide]) -> None:
    ide = opened("desktop")
    with ide.page.expect_download() as download:
        ide.actions_of("s0", "Download as zip")
    assert download.value.suggested_filename == "s0.zip"
    refusal = {"error": {"code": "too_large", "message": "Too much.", "detail": {}}}
    ide.page.route("**/files/archive?*", lambda route: route.fulfill(status=413, json=refusal))
    ide.actions_of("s0", "Download as zip")
    expect(ide.notices).to_contain_text("Too much.")  # and nothing is kept that is no zip
    ide.page.unroute("**/files/archive?*")


def test_the_browser_is_asked_to_keep_what_is_not_saved_yet_and_only_then(
    opened: Callable[[str], Ide],
) -> None:
    ide = opened("desktop")
    ide.page.evaluate("""() => {
      window.asked = 0;
      navigator.storage.persist = async () => { asked += 1; };
    }""")
    ide.open("s1.txt")
    assert ide.page.evaluate("asked") == 0
    for text in ("one", "two"):
        ide.write("s1.txt", text)
        wait_until(lambda text=text: ide.disk("s1.txt") == text, 20, "it is saved")
    assert ide.page.evaluate("asked") == 1
