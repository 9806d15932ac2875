"""All that ran: found, followed, shown with its lines, copied, run again, compared."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console
from tests.browser.test_accessibility import COARSE_PX, SMALL, check
from tests.server import Server
from tests.waiting import wait_until

MANY = 100_000


class Runs:
    """The list as a person reads it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name="Runs", exact=True)
        self.rows = self.dialog.get_by_role("list", name="What ran").get_by_role("listitem")
        self.said = self.dialog.get_by_role("status", name="Said")

    def open(self) -> "Runs":
        self.page.get_by_role("button", name=re.compile("^Consoles")).last.click()
        self.page.get_by_role("menu").get_by_role("menuitem", name="Runs of all consoles").click()
        expect(self.dialog).to_be_visible()
        return self

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)

    def act(self, row: Locator, item: str) -> None:
        row.get_by_role("button", name="More actions for").tap()
        self.page.get_by_role("menu").get_by_role("menuitem", name=item).tap()


def ran(page: Page) -> list[str]:
    """The commands that have ended, as the server lists them, the newest first."""
    listed = json.loads(Ide(page).api("GET", "cards?state=ended")["text"])
    return [card["command"] for card in listed["cards"]]


def run(page: Page, view: ConsoleView, line: str) -> None:
    """Type a line and wait until it is known to have ended."""
    before = len(ran(page))
    view.run(line)
    wait_until(lambda: len(ran(page)) > before, 20, line)


@pytest.fixture(scope="module")
def tablet(server: Server, one_page) -> Page:
    page = one_page("landscape")
    Ide(page).wait_connected()
    return page


@pytest.fixture(scope="module")
def view(tablet: Page) -> ConsoleView:
    """A console, before which the list says what it is for."""
    view = new_console(tablet)
    runs = Runs(tablet).open()
    expect(runs.dialog).to_contain_text("Nothing ran here yet")
    runs.dialog.get_by_role("button", name="Close").tap()
    expect(runs.dialog).to_have_count(0)
    return view


@pytest.fixture
def runs(tablet: Page, view: ConsoleView) -> Iterator[Runs]:
    yield Runs(tablet)
    dialogs = tablet.get_by_role("dialog")
    while left := dialogs.count():
        tablet.keyboard.press("Escape")  # one too many would be the next command's
        expect(dialogs).not_to_have_count(left)


def test_what_runs_and_what_failed_is_found_and_leads_to_its_lines(
    tablet: Page, view: ConsoleView, runs: Runs
) -> None:
    run(tablet, view, "echo first; (exit 3)")
    run(tablet, view, "seq 5")
    view.run("until [ -e go ]; do sleep 0.1; done; echo gone")
    runs.open()
    expect(runs.rows).to_have_count(3)
    top = runs.rows.first
    expect(top).to_contain_text("until [ -e go ]")
    expect(top).to_contain_text("running")
    expect(top).to_contain_text(re.compile(r"[2-9]\ss"))
    runs.dialog.get_by_role("button", name="Running", exact=True).tap()
    expect(runs.rows).to_have_count(1)
    runs.act(top, "Run again")
    expect(runs.said).to_contain_text("is busy")
    Ide(tablet).put("go", "")
    expect(top).to_contain_text("finished")
    runs.dialog.get_by_role("button", name="Failed", exact=True).tap()
    expect(runs.rows).to_have_count(1)
    expect(top).to_contain_text("failed (3)")
    runs.dialog.get_by_role("button", name="All", exact=True).tap()
    field = runs.dialog.get_by_role("textbox", name="Part of the command")
    field.fill("SEQ")
    expect(runs.rows).to_have_count(1)
    runs.dialog.get_by_role("combobox", name="Kind").select_option("Python statements")
    expect(runs.dialog).to_contain_text("Nothing that ran fits")
    runs.dialog.get_by_role("button", name="Show all").tap()
    expect(runs.rows).to_have_count(3)
    expect(field).to_have_value("")
    runs.row("echo first").get_by_role("button").first.tap()
    expect(runs.dialog).to_have_count(0)
    view.expect("first")
    bar = view.region.get_by_role("group", name="Commands of this console")
    expect(bar).to_contain_text("echo first; (exit 3)")


def test_the_last_run_of_the_same_command_is_compared_and_run_again(
    tablet: Page, view: ConsoleView, runs: Runs
) -> None:
    run(tablet, view, "rm -f go; printf 'one\\ntwo\\nthree\\n' > out")
    run(tablet, view, "cat out")
    runs.open()
    tablet.keyboard.press("ArrowDown")  # the field has the keys
    runs.act(runs.row("cat out"), "Compare with the last run")
    expect(runs.said).to_contain_text("No earlier run of this command in ~ is known.")
    tablet.keyboard.press("Escape")
    run(tablet, view, "echo four >> out; sed -i s/two/2/ out")
    runs.open()
    runs.act(runs.row("cat out"), "Run again")
    expect(runs.dialog).to_have_count(0)
    view.expect("four")
    wait_until(lambda: ran(tablet)[0] == "cat out", 20, "run again")
    runs.open()
    runs.act(runs.row("cat out").first, "Compare with the last run")
    compared = tablet.get_by_role("dialog", name="Compared with the last run")
    expect(compared.get_by_role("row", name=re.compile("^Time"))).to_contain_text(
        re.compile("same|more|less|longer|shorter")
    )
    # Side by side, where there is room for it.
    expect(
        compared.get_by_role("textbox", name="This run").locator(".cm-changedLine")
    ).to_have_text(["2", "four"])
    expect(compared.get_by_role("textbox", name="The last run")).to_contain_text("two")
    check(Ide(tablet), "compared")
    compared.get_by_role("button", name="Close").tap()
    runs.act(runs.row("cat out").first, "Copy the output")
    expect(runs.said).to_have_text("Copied: 4 lines.")
    tablet.keyboard.press("Escape")
    run(tablet, view, "cd /")
    runs.open()
    runs.act(runs.row("cat out").first, "Run again")
    question = tablet.get_by_role("dialog", name="Run it in another folder?")
    expect(question).to_contain_text("It ran in ~.")
    question.get_by_role("button", name="Cancel").tap()
    expect(runs.rows.first).to_contain_text("cd /")
    tablet.keyboard.press("Escape")
    run(tablet, view, "cd")
    for _ in range(2):
        run(tablet, view, "seq 60000")
    runs.open()
    runs.act(runs.row("seq 60000").first, "Compare with the last run")
    expect(compared).to_contain_text("The same, ")
    expect(compared).to_contain_text(re.compile(r"Last run: These are the first 256\sKiB of"))


def test_on_a_phone_it_is_a_sheet_that_fingers_and_keys_can_use(
    tablet: Page, view: ConsoleView, device: Device, server: Server
) -> None:
    run(tablet, view, "false # for a phone")
    page = device("phone", like=tablet).new_page()
    page.goto(server.url)
    ide = Ide(page)
    ide.wait_connected()
    ide.button("All commands").tap()
    page.get_by_role("combobox", name="Command").fill("runs of all")
    page.keyboard.press("Enter")
    runs = Runs(page)
    expect(runs.row("for a phone")).to_contain_text("failed (1)")
    assert page.evaluate(SMALL, COARSE_PX) == []
    check(ide, "runs")
    runs.row("for a phone").get_by_role("button").first.focus()
    page.keyboard.press("d")
    expect(runs.said).to_contain_text("No earlier run of this command")
    page.keyboard.press("ArrowDown")
    expect(runs.rows.nth(1).get_by_role("button").first).to_be_focused()
    runs.rows.first.get_by_role("button", name="More actions").tap()
    expect(page.get_by_role("menu")).to_contain_text("false # for a phone")


def test_a_hundred_thousand_are_scrolled_without_being_made(
    tablet: Page, view: ConsoleView, server: Server, runs: Runs
) -> None:
    workspace = json.loads(tablet.locator("#boot").text_content() or "")["workspace"]["id"]
    address = tablet.url
    tablet.goto("about:blank")  # or it would have the keeper started again
    server.end_workspaces()
    with closing(sqlite3.connect(server.data / workspace / "cards.db")) as db, db:
        like = list(db.execute("SELECT * FROM cards WHERE command = 'seq 5'").fetchone())
        db.executemany(
            f"INSERT INTO cards VALUES ({', '.join('?' * len(like))})",  # noqa: S608
            [[1000 + n, *like[1:4], f"echo {n}", *like[5:]] for n in range(MANY)],
        )
    tablet.goto(address)
    Ide(tablet).wait_connected()
    runs.open()
    expect(runs.row(f"echo {MANY - 1}")).to_be_visible()
    runs.rows.first.get_by_role("button").first.focus()
    for _ in range(4):
        before = runs.rows.last.get_attribute("aria-posinset")
        tablet.keyboard.press("End")
        expect(runs.rows.last).not_to_have_attribute("aria-posinset", before or "")
    assert runs.rows.count() < 200
    tablet.keyboard.press("Home")
    expect(runs.row(f"echo {MANY - 1}")).to_be_visible()
    runs.dialog.get_by_role("textbox", name="Part of the command").fill("echo 12345")
    expect(runs.rows).to_have_count(1)
