"""What happens to a text while its save is still on the way."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[[], Ide]
CONTENT = "**/files/content*"
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""


@pytest.fixture
def ide(server: Server, device: Device) -> Open:
    def opened() -> Ide:
        found = Ide(sign_in(device("desktop"), server))
        found.wait_connected()
        return found

    return opened


class HeldSaves:
    """Keeps the saves of a page on the way until they are let go."""

    def __init__(self, ide: Ide) -> None:
        self._held: list[Route] | None = []
        self._page = ide.page
        ide.page.route(CONTENT, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "PUT" and self._held is not None:
            self._held.append(route)
        else:
            route.continue_()

    def expect(self) -> AbstractContextManager[object]:
        """What is done inside leads to a save."""
        return self._page.expect_request(lambda asked: _is_save(asked.method, asked.url))

    def let_go(self) -> None:
        # Asking the page lets Playwright hand over what was held.
        wait_until(lambda: self._page.evaluate("true") and self._held, 30, "the save")
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()


def _is_save(method: str, url: str) -> bool:
    return method == "PUT" and "files/content" in url


def drafts(ide: Ide) -> list[str]:
    return [draft["path"] for draft in json.loads(ide.api("GET", "drafts")["text"])["drafts"]]


def test_run_waits_for_a_save_that_is_on_its_way(ide: Open) -> None:
    page = ide()
    page.new_file("eager.py")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("print('first'.upper())\n")
    page.page.keyboard.insert_text("print('second'.upper())\n")
    page.button("Run").click()
    saves.let_go()
    expect(page.console("eager.py")).to_contain_text("SECOND")
    expect(page.notices).not_to_contain_text("could not be saved")


def test_a_draft_of_a_page_that_was_hidden_goes_with_the_next_save(ide: Open) -> None:
    page = ide()
    page.new_file("hidden.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("old")
    with page.page.expect_response(re.compile("drafts/content")):
        page.page.evaluate(HIDE)
    assert "hidden.txt" in drafts(page)
    saves.let_go()
    expect(page.file_status).to_have_text("saved")
    wait_until(lambda: "hidden.txt" not in drafts(page), 20, "the draft is gone")
    page.write("hidden.txt", "new")
    expect(page.file_status).to_have_text("saved")
    page.page.reload()
    expect(page.editor("hidden.txt")).to_have_text("new")


def test_an_answer_that_breaks_off_is_no_end_of_saving(ide: Open) -> None:
    page, other = ide(), ide()
    page.new_file("broken.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("mine")
    other.put("broken.txt", "theirs")
    refused: list[Route] = []

    def refuse_once(route: Route) -> None:
        if route.request.method != "HEAD" or refused:
            return route.fallback()
        refused.append(route)
        return route.abort()

    page.page.route(CONTENT, refuse_once)
    saves.let_go()
    expect(page.page.get_by_role("alert").filter(has_text="changed elsewhere")).to_be_visible()
    assert refused
    assert page.troubles == []


def no_conflict(page: Ide, name: str) -> None:
    expect(page.file_status).to_have_text("saved")
    expect(page.page.get_by_role("alert")).to_have_count(0)
    wait_until(lambda: name not in drafts(page), 20, "no draft is left")


@contextmanager
def lost_answer(page: Ide) -> Iterator[None]:
    """The save begun inside reaches the server, and its answer not this page, which says so.

    Until it did, the page does not come to see on the disk what became of it.
    """
    stored: list[int] = []
    looks: list[Route] = []
    said: list[bool] = []

    def lose(route: Route) -> None:
        if route.request.method == "PUT" and not stored:
            stored.append(route.fetch().status)
            return route.abort()
        if route.request.method == "HEAD" and not said:
            return looks.append(route)
        return route.fallback()

    page.page.route(CONTENT, lose)
    yield
    expect(page.page.get_by_role("status").filter(has_text="not saved yet")).to_be_visible()
    wait_until(lambda: page.page.evaluate("true") and stored, 30, "the save has come")
    assert stored == [200]
    said.append(True)
    for look in looks:
        look.continue_()


def test_a_lost_answer_to_a_save_is_no_conflict_with_oneself(ide: Open) -> None:
    page = ide()
    page.new_file("lost.txt")
    with lost_answer(page):
        page.page.keyboard.insert_text("one ")
    page.page.keyboard.insert_text("two")
    no_conflict(page, "lost.txt")
    assert page.disk("lost.txt") == "one two"


def test_a_reload_while_a_save_is_on_its_way_is_no_conflict(ide: Open) -> None:
    page = ide()
    page.new_file("reloaded.txt")
    with lost_answer(page):
        page.page.keyboard.insert_text("one ")
    with page.page.expect_response(re.compile("drafts/content")):
        page.page.keyboard.insert_text("two")
        page.page.reload()
    expect(page.editor("reloaded.txt")).to_have_text("one two")
    no_conflict(page, "reloaded.txt")
    assert page.disk("reloaded.txt") == "one two"


def test_a_file_that_is_renamed_while_it_is_saved_is_saved_under_its_new_name(ide: Open) -> None:
    page = ide()
    page.new_file("before.txt")
    page.page.keyboard.insert_text("one ")
    expect(page.file_status).to_have_text("saved")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("two")
    page.actions_of("before.txt", "Rename")
    page.dialog("Rename before.txt").get_by_role("textbox").fill("after.txt")
    page.dialog("Rename before.txt").get_by_role("button", name="Rename").click()
    expect(page.file_tab("after.txt")).to_be_visible()
    saves.let_go()
    no_conflict(page, "after.txt")
    assert page.disk("after.txt") == "one two"


def test_a_file_that_is_looked_for_while_it_moves_is_not_missed_afterwards(ide: Open) -> None:
    page, other = ide(), ide()
    page.new_file("here.txt")
    page.page.keyboard.insert_text("text")
    expect(page.file_status).to_have_text("saved")
    held: list[Route] = []
    page.page.route("**/files/move", lambda route: held.append(route))  # noqa: PLW0108 - the handler is marked
    page.actions_of("here.txt", "Rename")
    page.dialog("Rename here.txt").get_by_role("textbox").fill("there.txt")
    page.dialog("Rename here.txt").get_by_role("button", name="Rename").click()
    wait_until(lambda: page.page.evaluate("true") and held, 20, "the move is asked for")
    answer = held[0].fetch()
    other.put("another.txt", "its writing tells every page to look")
    gone = page.page.get_by_role("alert").filter(has_text="moved or deleted elsewhere")
    expect(gone).to_be_visible()
    held[0].fulfill(response=answer)
    expect(page.file_tab("there.txt")).to_be_visible()
    expect(gone).to_have_count(0)


def test_a_text_whose_tab_was_just_closed_is_kept_when_the_page_goes_too(ide: Open) -> None:
    page = ide()
    page.new_file("both-closed.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("typed last")
        page.button("Close both-closed.txt").click()
    with page.page.expect_response(re.compile("drafts/content")):
        page.page.evaluate("dispatchEvent(new Event('pagehide'))")
    wait_until(lambda: "both-closed.txt" in drafts(page), what="the draft")
    saves.let_go()
    wait_until(lambda: "both-closed.txt" not in drafts(page), 20, "saved, and the draft gone")


def test_closing_a_file_that_is_gone_keeps_what_was_not_saved(ide: Open) -> None:
    page, other = ide(), ide()
    page.new_file("gone.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("the only copy")
    assert other.api("DELETE", "files?path=gone.txt")["status"] == 200
    saves.let_go()
    banner = page.page.get_by_role("alert").filter(has_text="moved or deleted elsewhere")
    wait_until(lambda: "gone.txt" in drafts(other), 20, "the draft is on the server")
    methods: list[str] = []
    page.page.on("request", lambda asked: methods.append(asked.method))
    with page.page.expect_response(re.compile("drafts/content")):
        banner.get_by_role("button", name="Close it").click()
    expect(page.file_tab("gone.txt")).to_be_hidden()
    page.account("Drafts…")
    expect(page.dialog("Drafts")).to_contain_text("gone.txt")
    assert "DELETE" not in methods


def test_signing_out_takes_along_what_was_just_typed(ide: Open) -> None:
    page = ide()
    page.new_file("last-words.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("first, ")
    page.page.keyboard.insert_text("last")
    page.account("Sign out")
    saves.let_go()
    expect(page.page.get_by_role("textbox", name="Password")).to_be_visible()
    tablet = ide()
    assert tablet.disk("last-words.txt") == "first, last"
    assert "last-words.txt" not in drafts(tablet)


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "mine"), ("Take theirs", "theirs")])
def test_where_no_draft_can_be_kept_the_loser_of_a_conflict_becomes_a_file(
    ide: Open, choice: str, kept: str
) -> None:
    page, other = ide(), ide()
    name = f"{kept}-won.txt"
    page.new_file(name)
    page.page.route("**/drafts/content*", refuse_drafts)
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("mine")
    other.put(name, "theirs")
    saves.let_go()
    page.page.get_by_role("alert").get_by_role("button", name=choice).click()
    expect(page.file_status).to_have_text("saved")
    lost = {"mine": "theirs", "theirs": "mine"}[kept]
    beside = page.tree.get_by_role("treeitem", name=re.compile(rf"^{kept}-won\.{lost}-.*\.txt$"))
    expect(beside).to_be_visible()
    assert page.disk(beside.get_attribute("aria-label") or "") == lost
    assert page.disk(name) == kept


def refuse_drafts(route: Route) -> None:
    """As the server does for a text over a MiB, or when there are fifty."""
    if route.request.method != "PUT":
        return route.fallback()
    error = {"code": "too_large", "message": "That text is too long to keep unsaved."}
    return route.fulfill(status=413, json={"error": error})


def test_what_is_typed_while_theirs_is_taken_is_kept_too(ide: Open) -> None:
    page, other = ide(), ide()
    page.new_file("typing-on.txt")
    saves = HeldSaves(page)
    with saves.expect():
        page.page.keyboard.insert_text("mine")
    other.put("typing-on.txt", "theirs")
    saves.let_go()
    held: list[Route] = []
    losers = re.compile(r"drafts/content\?path=typing-on\.mine-")
    page.page.route(losers, lambda route: route.continue_() if held else held.append(route))
    with page.page.expect_request(losers):
        page.page.get_by_role("alert").get_by_role("button", name="Take theirs").click()
    page.editor("typing-on.txt").click()
    page.page.keyboard.insert_text(" and more")
    held[0].continue_()
    expect(page.file_status).to_have_text("saved")
    texts = [
        json.loads(page.api("GET", f"drafts/content?path={ref}")["text"])["text"]
        for ref in drafts(page)
        if ref.startswith("typing-on.mine-")
    ]
    assert any("more" in text for text in texts), texts
    assert page.disk("typing-on.txt") == "theirs"
