"""A text's way to disk, and what keeps it when the way is barred."""

import base64
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[..., Ide]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def ide(server: Server, device: Device) -> Open:
    """Open the page as the owner on a fresh device."""

    def opened(name: str = "desktop") -> Ide:
        found = Ide(sign_in(device(name), server))
        found.wait_connected()
        return found

    return opened


def autosave(ide: Ide, *, on: bool) -> None:
    """Put the switch where it is wanted; it follows the person to the next test."""
    ide.button("Account and settings").click()
    switch = ide.page.get_by_role("menuitemcheckbox", name="Save while typing")
    if (switch.get_attribute("aria-checked") == "true") is on:
        ide.page.keyboard.press("Escape")
    else:
        with ide.page.expect_response(is_kept):
            switch.click()


def is_kept(answer: Response) -> bool:
    """Whether it answers the page that changed a preference."""
    return answer.request.method == "PUT" and answer.url.endswith("/prefs")


def drafts(ide: Ide) -> list[str]:
    return [draft["path"] for draft in json.loads(ide.api("GET", "drafts")["text"])["drafts"]]


def test_a_file_saves_itself_after_the_last_key(ide: Open) -> None:
    page = ide()
    page.new_file("itself.py")
    page.type_and_see_it_saved("itself.py", "print('typed')")
    assert page.disk("itself.py") == "print('typed')"
    assert page.troubles == []


def test_save_by_button_and_by_key_with_autosave_off(ide: Open) -> None:
    page = ide()
    autosave(page, on=False)
    try:
        page.new_file("off.txt")
        page.page.keyboard.type("one")
        wait_until(lambda: "off.txt" in drafts(page), 30, "the draft is on the server")
        assert page.disk("off.txt") == ""
        page.button("Save").click()
        expect(page.file_status).to_have_text("saved")
        assert page.disk("off.txt") == "one"
        page.editor("off.txt").click()
        page.page.keyboard.press("End")
        page.page.keyboard.type(" two")
        page.page.keyboard.press("Control+s")
        wait_until(lambda: page.disk("off.txt") == "one two", 30, "saved by key")
        expect(page.file_status).to_have_text("saved")
        wait_until(lambda: "off.txt" not in drafts(page), 30, "the draft is gone")
    finally:
        autosave(page, on=True)


def test_unsaved_text_survives_a_reload_and_a_dead_tablet(ide: Open) -> None:
    tablet = ide("landscape")
    autosave(tablet, on=False)
    try:
        tablet.new_file("kept.txt")
        tablet.editor("kept.txt").click()
        tablet.page.keyboard.insert_text("not saved anywhere")
        tablet.page.reload()
        expect(tablet.editor("kept.txt")).to_have_text("not saved anywhere")
        wait_until(lambda: "kept.txt" in drafts(tablet), 30, "the draft is on the server")
        tablet.page.context.close()
        laptop = ide()
        laptop.open("kept.txt")
        expect(laptop.editor("kept.txt")).to_have_text("not saved anywhere")
        expect(laptop.notices).to_contain_text("Unsaved text of kept.txt is back")
        assert laptop.disk("kept.txt") == ""
    finally:
        autosave(ide(), on=True)


@pytest.mark.parametrize("choice", ["Keep mine", "Take theirs", "Compare"])
def test_a_conflict_is_decided_on_screen_and_the_loser_kept(ide: Open, choice: str) -> None:
    page, other = ide(), ide()
    name = f"torn-{choice.split(maxsplit=1)[0].lower()}.txt"
    page.put(name, "base\n")
    page.open(name)
    hold_events(page.page)
    other.put(name, "theirs\n")
    page.write(name, "mine\n")
    banner = page.page.get_by_role("alert").filter(has_text="was changed elsewhere")
    expect(banner).to_be_visible()
    assert page.disk(name) == "theirs\n"
    banner.get_by_role("button", name=choice).click()
    if choice == "Compare":
        page.page.get_by_role("button", name="Take theirs here").click()
        page.button("Save this").click()
    expect(banner).to_be_hidden()
    expect(page.file_status).to_have_text("saved")
    kept = "mine\n" if choice == "Keep mine" else "theirs\n"
    wait_until(lambda: page.disk(name) == kept, 10, f"the disk has {kept!r}")
    loser = "theirs" if choice == "Keep mine" else "mine"
    if choice != "Compare":
        stem = name.removesuffix(".txt")
        found = [ref for ref in drafts(page) if ref.startswith(f"{stem}.{loser}-")]
        assert len(found) == 1
        draft = json.loads(page.api("GET", f"drafts/content?path={found[0]}")["text"])
        assert draft["text"] == f"{loser}\n"


def hold_events(page: Page) -> None:
    """Let the page's own save be what meets the other version: until then it hears of no change."""
    saved: list[str] = []

    def meet(route: Route) -> None:
        if route.request.method == "PUT":
            saved.append(route.request.url)
        if route.request.method == "HEAD" and not saved:
            route.abort()
        else:
            route.continue_()

    page.route("**/files/content*", meet)


def test_two_devices_a_clean_text_follows_a_typed_one_is_marked(ide: Open) -> None:
    tablet, laptop = ide("landscape"), ide()
    laptop.put("both.py", "first\n")
    for page in (tablet, laptop):
        page.open("both.py")
    laptop.write("both.py", "second\n")
    expect(laptop.file_status).to_have_text("saved")
    expect(tablet.editor("both.py")).to_contain_text("second")
    autosave(tablet, on=False)
    try:
        tablet.write("both.py", "typed on the tablet\n")
        laptop.put("both.py", "third\n")
        expect(
            tablet.page.get_by_role("alert").filter(has_text="changed elsewhere")
        ).to_be_visible()
        expect(tablet.editor("both.py")).to_contain_text("typed on the tablet")
        expect(laptop.editor("both.py")).to_contain_text("third")
    finally:
        autosave(tablet, on=True)


def test_offline_editing_goes_on_and_is_saved_on_return(ide: Open) -> None:
    page = ide()
    page.new_file("offline.txt")
    page.page.context.set_offline(offline=True)
    page.page.keyboard.type("typed offline")
    expect(
        page.page.get_by_role("status").filter(has_text="saved when the connection")
    ).to_be_visible()
    expect(page.file_status).to_have_text("not saved, text kept")
    page.page.context.set_offline(offline=False)
    expect(page.file_status).to_have_text("saved", timeout=30_000)
    assert page.disk("offline.txt") == "typed offline"


def test_a_full_disk_says_so_keeps_the_text_and_is_tried_again(ide: Open) -> None:
    page = ide()
    page.new_file("full.txt")
    refused: list[str] = []

    def full(route: Route) -> None:
        if route.request.method != "PUT":
            return route.fallback()
        refused.append(route.request.url)
        error = {"code": "disk_full", "message": "The disk is full; the old content is intact."}
        return route.fulfill(status=507, json={"error": error})

    page.page.route("**/files/content*", full)
    page.page.keyboard.type("no room for this")
    banner = page.page.get_by_role("alert").filter(has_text="The disk is full")
    expect(banner).to_contain_text("full.txt is not saved")
    expect(banner).to_contain_text("saved by itself once there is space")
    while len(refused) < 2:  # by itself; `full` runs while Playwright waits
        page.page.wait_for_event("response")
    page.page.unroute("**/files/content*", full)
    expect(page.editor("full.txt")).to_contain_text("no room for this")
    banner.get_by_role("button", name="Try again").click()
    expect(page.file_status).to_have_text("saved")
    assert page.disk("full.txt") == "no room for this"


def test_a_file_deleted_elsewhere_is_kept_on_screen(ide: Open) -> None:
    page = ide()
    page.put("gone.txt", "still here\n")
    page.open("gone.txt")
    page.api("DELETE", "files?path=gone.txt")
    banner = page.page.get_by_role("alert").filter(has_text="moved or deleted elsewhere")
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Save it again").click()
    expect(page.file_status).to_have_text("saved")
    assert page.disk("gone.txt") == "still here\n"


def test_pictures_binaries_and_foreign_text_are_shown_as_such(ide: Open, tmp_path) -> None:
    page = ide()
    for name, content in {
        "dot.png": PNG,
        "blob.bin": b"\x00\x01\x02" * 100,
        "latin.txt": "café".encode("latin-1"),
    }.items():
        (tmp_path / name).write_bytes(content)
        upload(page, tmp_path / name)
    page.entry("dot.png").click()
    picture = page.page.get_by_role("img", name="dot.png")
    expect(picture).to_be_visible()
    wait_until(lambda: picture.evaluate("(img) => img.naturalWidth") == 1, 30, "it is painted")
    for name, content in {"blob.bin": b"\x00\x01\x02" * 100, "latin.txt": b"caf\xe9"}.items():
        page.entry(name).click()
        said = page.page.get_by_text(f"{name} is not text in UTF-8")
        expect(said).to_be_visible()
        with page.page.expect_download() as download:
            said.locator("xpath=..").get_by_role("link", name="Download").click()
        assert download.value.path().read_bytes() == content
        assert download.value.suggested_filename == name


def test_an_over_large_file_is_shown_as_such_and_comes_whole(ide: Open) -> None:
    page = ide()
    size = 2 * 1024 * 1024 + 1
    page.put("large.txt", "x" * size)
    page.entry("large.txt").click()
    said = page.page.get_by_text("large.txt is too large to edit here")
    expect(said).to_be_visible()
    with page.page.expect_download() as download:
        said.locator("xpath=..").get_by_role("link", name="Download").click()
    assert download.value.path().stat().st_size == size


def upload(ide: Ide, path) -> None:
    ide.show_files()
    with ide.page.expect_file_chooser() as chooser:
        ide.page.locator(".files-header").get_by_role("button", name="Upload").click()
    chooser.value.set_files(path)
    expect(ide.entry(path.name)).to_be_visible()


def test_windows_line_ends_stay(ide: Open) -> None:
    page = ide()
    page.put("crlf.txt", "one\r\ntwo\r\n")
    page.open("crlf.txt")
    page.editor("crlf.txt").click()
    page.page.keyboard.press("Control+Home")
    page.page.keyboard.type("zero\n")
    expect(page.file_status).to_have_text("saved")
    wait_until(lambda: page.disk("crlf.txt") == "zero\r\none\r\ntwo\r\n", 30, page.disk("crlf.txt"))
