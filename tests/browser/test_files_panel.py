"""The file tree: every action by its button or key, odd names shown and never believed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[..., Ide]


@pytest.fixture
def ide(server: Server, device: Device) -> Open:
    def opened(name: str = "desktop") -> Ide:
        found = Ide(sign_in(device(name), server))
        found.wait_connected()
        return found

    return opened


def refs(ide: Ide, folder: str = "") -> list[str]:
    listed = json.loads(ide.api("GET", f"files?path={folder}")["text"])
    return [entry["ref"] for entry in listed["entries"]]


def header(ide: Ide, name: str):
    return ide.page.locator(".files-header").get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_make_rename_undo_move_and_delete(ide: Open, name: str) -> None:
    page = ide(name)
    folder, file = f"folder-{name}", f"file-{name}.txt"
    page.show_files()
    header(page, "New folder").click()
    page.dialog("New folder").get_by_role("textbox").fill(folder)
    page.page.keyboard.press("Enter")
    expect(page.entry(folder)).to_have_attribute("aria-expanded", "true")
    page.new_file(file)
    wait_until(lambda: f"{folder}/{file}" in refs(page, folder), 30, "made in the open folder")
    page.actions_of(file, "Rename")
    rename = page.dialog(f"Rename {file}")
    rename.get_by_role("textbox").fill(f"new-{file}")
    rename.get_by_role("button", name="Rename").click()
    expect(page.entry(f"new-{file}")).to_be_visible()
    expect(page.file_tab(f"new-{file}")).to_be_attached()
    page.notices.get_by_role("button", name="Undo").click()
    expect(page.entry(file)).to_be_visible()
    page.actions_of(file, "Move to…")
    picker = page.dialog(f"Move {file} to")
    picker.get_by_role("button", name="Up", exact=True).click()
    expect(picker.get_by_text("Home", exact=True)).to_be_visible()
    picker.get_by_role("button", name="Move here").click()
    wait_until(lambda: file in refs(page), 30, "moved home")
    expect(page.entry(file)).to_have_count(1)
    page.actions_of(file, "Delete")
    page.dialog(f"Delete {file}?").get_by_role("button", name="Cancel").click()
    assert file in refs(page)
    page.actions_of(file, "Delete")
    page.dialog(f"Delete {file}?").get_by_role("button", name="Delete").click()
    expect(page.entry(file)).to_be_hidden()
    expect(page.file_tab(file)).to_be_hidden()
    page.actions_of(folder, "Delete")
    page.dialog(f"Delete {folder}?").get_by_role("button", name="Delete").click()
    expect(page.entry(folder)).to_be_hidden()
    assert page.troubles == []


def test_a_moved_file_is_never_in_two_places(ide: Open) -> None:
    page = ide()
    page.api("POST", "files/folder", body='{"path": "old-home"}', headers=JSON)
    page.put("old-home/mover.txt", "x")
    page.entry("old-home").click()
    expect(page.entry("mover.txt")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.page.route("**/files?path=old-home", hold)  # its new listing never comes
    page.actions_of("mover.txt", "Move to…")
    picker = page.dialog("Move mover.txt to")
    picker.get_by_role("button", name="Up", exact=True).click()
    picker.get_by_role("button", name="Move here").click()
    home = page.entry("mover.txt").and_(page.page.locator("[aria-level='1']"))
    expect(home).to_be_visible()
    expect(page.entry("mover.txt")).to_have_count(1)
    for route in held:
        route.abort()


def test_the_tree_by_keyboard(ide: Open) -> None:
    page = ide()
    page.api("POST", "files/folder", body='{"path": "keys"}', headers=JSON)
    page.put("keys/inner.txt", "x")
    page.put("zz.txt", "z")
    expect(page.entry("zz.txt")).to_be_visible()
    page.page.locator("[role=treeitem][tabindex='0']").focus()
    press = page.page.keyboard.press
    press("End")
    expect(page.entry("zz.txt")).to_be_focused()
    press("k")
    expect(page.entry("keys")).to_be_focused()
    press("ArrowRight")
    expect(page.entry("inner.txt")).to_be_visible()
    press("ArrowRight")
    expect(page.entry("inner.txt")).to_be_focused()
    press("ArrowLeft")
    expect(page.entry("keys")).to_be_focused()
    press("ArrowLeft")
    expect(page.entry("inner.txt")).to_be_hidden()
    press("ArrowDown")
    press("ContextMenu")
    expect(page.page.get_by_role("menu")).to_be_visible()
    press("Escape")
    expect(page.page.get_by_role("menu")).to_be_hidden()
    page.page.locator("[role=treeitem][tabindex='0']").focus()
    press("F2")
    expect(page.page.get_by_role("dialog", name=re.compile("^Rename"))).to_be_visible()
    press("Escape")
    expect(page.page.get_by_role("dialog")).to_have_count(0)
    press("End")
    expect(page.entry("zz.txt")).to_be_focused()
    press("Enter")
    expect(page.editor("zz.txt")).to_be_visible()


def test_what_the_tree_says_is_reached_by_keyboard(ide: Open) -> None:
    page = ide()
    page.api("POST", "files/folder", body='{"path": "slow"}', headers=JSON)
    page.put("slow/there.txt", "x")
    lists = "**/files?path=slow"
    page.page.route(lists, lambda route: route.abort())
    page.entry("slow").click()
    trouble = page.tree.get_by_role("treeitem").filter(has_text="Press to try again")
    expect(trouble).to_be_visible()
    page.entry("slow").focus()
    page.page.keyboard.press("ArrowDown")
    expect(trouble).to_be_focused()
    page.page.unroute(lists)
    page.page.keyboard.press("Enter")
    expect(page.entry("there.txt")).to_be_visible()
    expect(page.entry("slow")).to_be_focused()


JSON = {"Content-Type": "application/json"}


def test_odd_names_are_shown_and_open(ide: Open) -> None:
    page = ide()
    odd = {
        "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E".replace("(", "%28").replace(")", "%29"): (
            "<img src=x onerror=alert(1)>"
        ),
        "line%0Abreak.txt": "line␊break.txt",
        "-rf": "-rf",
        "caf%E9.txt": "caf\ufffd.txt",
        "%22quoted%22%20%26%20%23hash.txt": '"quoted" & #hash.txt',
        "x" * 255: "x" * 255,
    }
    for ref, shown in odd.items():
        page.put(ref, f"this is {ref[:20]}")
        expect(page.entry(shown)).to_be_visible()
        page.entry(shown).click()
        expect(page.editor(shown)).to_contain_text(f"this is {ref[:20]}")
        page.page.get_by_role("button", name=f"Close {shown}", exact=True).click()
        page.api("DELETE", f"files?path={ref}")
    assert page.page.locator(".tree-row img").count() == 0
    assert page.troubles == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "y" * 256])
def test_a_name_that_will_not_do_is_refused_in_place(ide: Open, name: str) -> None:
    page = ide()
    header(page, "New file").click()
    dialog = page.dialog("New file")
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    page.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_uploads_show_progress_ask_before_replacing_and_can_be_cancelled(
    ide: Open, tmp_path: Path
) -> None:
    page = ide()
    page.put("there.txt", "old")
    (tmp_path / "there.txt").write_text("new")
    with page.page.expect_file_chooser() as chooser:
        header(page, "Upload").click()
    chooser.value.set_files(tmp_path / "there.txt")
    ask = page.dialog("Replace there.txt?")
    ask.get_by_role("button", name="Keep the old one").click()
    assert page.disk("there.txt") == "old"
    with page.page.expect_file_chooser() as chooser:
        header(page, "Upload").click()
    chooser.value.set_files(tmp_path / "there.txt")
    ask.get_by_role("button", name="Replace it").click()
    wait_until(lambda: page.disk("there.txt") == "new", 30, "it is replaced")
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    slow(page)
    with page.page.expect_file_chooser() as chooser:
        header(page, "Upload").click()
    chooser.value.set_files(tmp_path / "large.bin")
    expect(page.page.get_by_role("progressbar", name="Upload of large.bin")).to_be_visible()
    page.button("Cancel the upload of large.bin").click()
    expect(page.page.get_by_role("list", name="Uploads")).to_be_hidden()
    wait_until(lambda: "large.bin" not in refs(page), 30, "nothing half is left")


def slow(ide: Ide) -> None:
    """Send at 1 MB/s from now on."""
    session = ide.page.context.new_cdp_session(ide.page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1e6}
    session.send("Network.emulateNetworkConditions", limits)


def test_a_dropped_file_is_uploaded_into_the_folder_under_it(ide: Open) -> None:
    page = ide()
    page.api("POST", "files/folder", body='{"path": "dropped"}', headers=JSON)
    expect(page.entry("dropped")).to_be_visible()
    page.entry("dropped").evaluate(
        """(row) => {
          const data = new DataTransfer();
          data.items.add(new File(["by drop"], "drop.txt"));
          row.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
        }"""
    )
    wait_until(lambda: "dropped/drop.txt" in refs(page, "dropped"), 30, "it is there")
    assert page.disk("dropped/drop.txt") == "by drop"


SYSTEM_SHEET = """() => {
  navigator.canShare = () => true;
  navigator.share = async ({files: [file]}) => {
    if (!navigator.asked) {
      navigator.asked = true; // the tap was too long ago
      throw new DOMException('no gesture', 'NotAllowedError');
    }
    window.shared = `${file.name}: ${await file.text()}`;
  };
}"""


def test_download_and_share_by_the_menu(ide: Open) -> None:
    page = ide()
    page.put("take.txt", "take me")
    expect(page.entry("take.txt")).to_be_visible()
    with page.page.expect_download() as download:
        page.actions_of("take.txt", "Download")
    assert download.value.suggested_filename == "take.txt"
    assert download.value.path().read_text() == "take me"
    page.page.evaluate(SYSTEM_SHEET)
    page.actions_of("take.txt", "Share…")
    page.dialog("Share take.txt").get_by_role("button", name="Share").click()
    page.page.wait_for_function("() => window.shared === 'take.txt: take me'")


def test_the_menu_of_the_files_shows_hidden_ones_and_sets_their_width(ide: Open) -> None:
    page = ide()
    page.put(".secret", "x")
    page.put("seen.txt", "x")
    expect(page.entry("seen.txt")).to_be_visible()
    expect(page.entry(".secret")).to_be_hidden()
    header(page, "More for files").click()
    page.page.get_by_role("menuitemcheckbox", name="Show hidden files").click()
    expect(page.entry(".secret")).to_be_visible()
    width = page.page.get_by_role("separator", name="Width of the files")
    for item, now in (("Wider", "280"), ("Narrower", "240")):  # for whoever cannot drag
        page.choose(header(page, "More for files"), item)
        expect(width).to_have_attribute("aria-valuenow", now)


def test_a_long_folder_comes_in_pages(ide: Open) -> None:
    page = ide()
    made = "mkdir -p many && cd many && seq -f n%04g 2100 | xargs touch && cd .."
    ConsoleView(page.page, "Bash").wait_for_prompt().run(made)
    expect(page.entry("many")).to_be_visible()
    wait_until(lambda: len(refs(page, "many")) == 2000, 20, "all are made")
    page.entry("many").click()
    expect(page.entry("n0001")).to_be_visible()
    room = page.page.locator(".tree-room")
    room.evaluate("room => { room.scrollTop = room.scrollHeight; }")
    more = page.tree.get_by_role("treeitem").filter(has_text="Show more (2000 shown)")
    before = room.evaluate("room => room.scrollTop")
    more.click()
    expect(page.entry("n2001")).to_be_attached()
    assert abs(room.evaluate("room => room.scrollTop") - before) < 100  # what was in sight still is
    page.page.locator("[role=treeitem][tabindex='0']").focus()
    page.page.keyboard.press("End")
    expect(page.page.locator("[role=treeitem]:focus")).to_be_in_viewport()
    only_those_in_sight_are_made(page)
    room.evaluate("room => { room.scrollTop = room.scrollHeight / 2; }")
    expect(page.entry("n1050")).to_have_attribute("aria-posinset", "1050")
    expect(page.entry("n1050")).to_have_attribute("aria-setsize", "2100")
    only_those_in_sight_are_made(page)
    expect(
        page.page.locator("[role=treeitem]:focus")
    ).not_to_be_in_viewport()  # and yet it is there
    page.page.keyboard.press("Home")
    page.entry("many").click()


FINGER = """(part, name) => part.dispatchEvent(
  new (name === 'click' ? MouseEvent : PointerEvent)(
    name, {pointerType: 'touch', detail: 1, bubbles: true}))"""
"""What WebKit on a tablet says of a finger; that it stays is for the page to find out."""


def test_a_finger_that_stays_brings_the_menu_and_lifts_nothing(ide: Open) -> None:
    page = ide("landscape")
    page.new_file("held.txt")
    row = page.entry("held.txt")
    page.show_files()
    console = page.page.get_by_role("tablist", name="Consoles").get_by_role("tab").first
    for part, menu in (
        (row, "held.txt"),
        (page.file_tab("held.txt"), "Editor pane"),
        (console, re.compile("^Actions for ")),
    ):
        part.evaluate(FINGER, "pointerdown")
        if part is row:
            assert not row.evaluate("row => row.draggable")
        shown = page.page.get_by_role("menu", name=menu)
        shown.wait_for()
        for name in ("pointerup", "click"):
            part.evaluate(FINGER, name)
        page.page.keyboard.press("Escape")
        expect(page.page.get_by_role("menu")).to_have_count(0)
    expect(page.tree).to_be_visible()  # nothing was opened, which would put it away
    row.evaluate("row => row.dispatchEvent(new PointerEvent('pointerdown'))")
    assert row.evaluate("row => row.draggable")


def only_those_in_sight_are_made(page: Ide) -> None:
    """Wait until rows of the tree, in order, cover what is in sight, and few others are there.

    They follow the scrolling a moment later.
    """
    room = page.page.locator(".tree-room")
    wait_until(lambda: room.evaluate(COVERED), 20, "just the rows in sight")


COVERED = """room => {
  const {top, bottom, height} = room.getBoundingClientRect();
  const made = [...room.querySelectorAll('.tree-row')];
  const boxes = made.map((row) => row.getBoundingClientRect());
  const inSight = boxes.filter((box) => box.bottom > top && box.top < bottom);
  const covered = inSight.reduce((sum, box) => sum + box.height, 0) / height;
  const ordered = boxes.every((box, at) => at === 0 || box.top >= boxes[at - 1].bottom - 1);
  return made.length < 200 && covered > 0.9 && ordered;
}"""
