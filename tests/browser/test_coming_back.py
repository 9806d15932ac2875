"""Coming back after a while: a line where reading stopped, at another device too."""

import os
import re
import signal
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, new_console, remove_consoles, saved
from tests.server import Server
from tests.waiting import wait_until

LINES = 412

HIDE = """() => {
  Object.defineProperty(document, "hidden", {value: true, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def server(own_server: Server) -> Server:
    """Its keepers are killed."""
    return own_server


def be_away(server: Server, console: str, seconds: int) -> None:
    """Let the program print and time pass for the keeper, which remembers when it was seen last."""
    (journal,) = server.data.glob("*/journal.db")
    with closing(sqlite3.connect(journal, 0.5, isolation_level=None)) as db:
        query = "SELECT left_at FROM consoles WHERE id = ?"
        wait_until(lambda: db.execute(query, (console,)).fetchone()[0], 20, "nobody looks")
        home = journal.parent / "home"
        (home / "go").touch()
        wait_until((home / "printed").exists, 20, "the output")
        (home / "printed").unlink()
        wait_until(lambda: change_behind(server, db, seconds), 30, "the journal at rest")
        for pid in server.pids("ide.keeper"):
            os.kill(pid, signal.SIGKILL)


def change_behind(server: Server, db: sqlite3.Connection, seconds: int) -> bool:
    """Stop the keeper and change its journal, unless it is just writing: then let it go on."""
    for pid in server.pids("ide.keeper"):
        os.kill(pid, signal.SIGSTOP)
    try:
        db.execute("UPDATE consoles SET left_at = left_at - ?", (seconds,))
    except sqlite3.OperationalError:
        for pid in server.pids("ide.keeper"):
            os.kill(pid, signal.SIGCONT)
        return False
    return True


def leave(device: BrowserContext, server: Server, command: str) -> str:
    """Start what prints later, and close the page; returns the console's id."""
    page = sign_in(device, server)
    view = new_console(page)
    view.start(f"until [ -e go ]; do sleep 0.05; done; rm -f go; {command}; touch printed; cat")
    console = view.region.get_attribute("data-console-id")
    assert console
    saved(page)
    page.evaluate(HIDE)  # as a tablet does before it lets a page go; closing alone may not
    page.close()
    return console


def missed(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Away "))


def line_of(page: Page) -> dict:
    """Where the line is drawn: the text of the row below it, and whether it is in sight."""
    return page.evaluate(
        """() => {
             const line = document.querySelector('.console-away-line');
             if (!line) return null;
             const at = line.getBoundingClientRect();
             const rows = [...line.closest('.xterm').querySelectorAll('.xterm-rows > div')];
             const row = rows.find(row => Math.abs(row.getBoundingClientRect().top - at.top) < 3);
             return {text: row?.textContent ?? '', shown: line.checkVisibility()};
           }"""
    )


def test_a_tap_leads_to_where_reading_stopped_and_the_next_key_takes_the_line_away(
    device: Device, server: Server
):
    console = leave(device("desktop"), server, f"seq -f 'new line %g' {LINES}")
    be_away(server, console, 41 * 60)
    page = sign_in(device("phone"), server)
    region = page.locator(f'[data-console-id="{console}"]')
    expect(missed(page)).to_have_text("Away 41 min · 412 new lines · still running")
    rows = region.locator(".xterm-rows").first
    expect(rows).to_contain_text(f"new line {LINES}")
    assert box_of(missed(page))["height"] >= 44
    missed(page).tap()
    expect(rows).to_contain_text("it-runs")
    drawn = {"text": "new line 1", "shown": True}
    wait_until(lambda: line_of(page) == drawn, 30, "the line above the first new one")
    expect(missed(page)).to_have_count(0)
    assert page.locator("dialog").count() == 0
    view = ConsoleView(page)
    view.input.focus()
    page.keyboard.type("x")
    expect(page.locator(".console-away-line")).to_have_count(0)
    remove_consoles(page)


def test_a_full_screen_program_and_an_idle_prompt_have_no_lines_to_go_to(
    device: Device, server: Server
):
    command = r"seq -f 'new line %g' 412; printf '\e[?1049h\e[Hscreen'"
    console = leave(device("desktop"), server, command)
    be_away(server, console, 3 * 3600 + 60)
    page = sign_in(device("desktop"), server)
    expect(missed(page)).to_have_text("Away 3 h 1 min · still running")
    missed(page).click()
    expect(missed(page)).to_have_count(0)
    assert line_of(page) is None
    remove_consoles(page)


def test_of_more_lines_than_a_terminal_holds_the_first_are_said_to_be_in_the_download(
    device: Device, server: Server
):
    """5,000 are held above the screen."""
    console = leave(device("desktop"), server, "seq -f 'new line %g' 6000")
    be_away(server, console, 41 * 60)
    page = sign_in(device("desktop"), server)
    expect(missed(page)).to_have_text("Away 41 min · 6\u2009000 new lines · still running")
    missed(page).click()
    rows = page.locator(f'[data-console-id="{console}"] .xterm-rows').first
    expect(rows).to_contain_text("new line 9")
    above = page.get_by_role(
        "button", name=re.compile("^The first .* in the whole output: download")
    )
    expect(above).to_be_visible()
    oldest = int(rows.locator("> div").first.inner_text().removeprefix("new line "))
    assert oldest < 1000
    assert line_of(page) is None
    expect(above).to_have_text(
        f"The first {oldest - 1} new lines are in the whole output: download"
    )
    with page.expect_download() as download:
        above.click()
    assert "\nnew line 1\r\n" in download.value.path().read_bytes().decode()
    expect(above).to_have_count(0)
    remove_consoles(page)
