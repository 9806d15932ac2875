"""A night with the page put away: programs print, the keeper is replaced, the login grows old."""

import sqlite3
import time
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.terminals import cut_socket, new_console, record_sockets, remove_consoles
from tests.browser.test_coming_back import be_away, missed
from tests.browser.test_sleep_and_wake import HIDE, first_line, scroll_up
from tests.server import Server
from tests.waiting import wait_until

NIGHT_SECONDS = 8 * 3600
LINES = 4000
"""With those above them fewer than a terminal holds; in bytes more than are sent after one."""


@pytest.fixture(scope="module")
def server(own_server: Server) -> Server:
    """Its keepers are killed."""
    return own_server


def age_logins(server: Server) -> None:
    """Let nobody have used a login for a night."""
    with closing(sqlite3.connect(server.data / "ide.db", 20, isolation_level=None)) as db:
        older = "UPDATE logins SET used = strftime('%Y-%m-%d %H:%M:%f', used, ?)"
        db.execute(older, (f"-{NIGHT_SECONDS} seconds",))


def used_at(server: Server) -> str:
    with closing(sqlite3.connect(server.data / "ide.db", 20)) as db:
        return str(db.execute("SELECT max(used) FROM logins").fetchone()[0])


def test_after_a_night_the_same_lines_are_in_sight_and_keys_arrive_once(
    device: Device, server: Server
):
    context = device("landscape")
    page = sign_in(context, server)
    record_sockets(page)
    page.clock.install()
    page.reload()
    view = new_console(page)
    command = f"rm -f go; seq -f 'of the night %0.0f{'.' * 70}' {LINES}; touch printed"
    view.run(f"(until [ -e go ]; do sleep 0.1; done; {command}) &")
    line = scroll_up(view)
    console = view.region.get_attribute("data-console-id")
    assert console
    view.input.focus()
    page.evaluate(HIDE, True)
    page.evaluate("document.activeElement.blur()")
    context.set_offline(True)
    cut_socket(page)
    be_away(server, console, NIGHT_SECONDS)
    age_logins(server)
    old = used_at(server)

    page.clock.pause_at(time.time() + NIGHT_SECONDS)
    page.evaluate(HIDE, False)
    expect(view.input).to_be_focused()
    assert first_line(view) == line
    context.set_offline(False)
    page.clock.resume()
    expect(missed(page)).to_contain_text("Away 8 h")
    expect(missed(page)).to_contain_text("4\u2009000 new lines")
    wait_until(lambda: first_line(view) == line, 20, line)
    expect(view.input).to_be_focused()
    assert view.input.evaluate("field => field.inputMode") == "none", "no keyboard comes by itself"
    assert used_at(server) > old, "the night was no end of the login"

    context.set_offline(True)
    cut_socket(page)
    page.keyboard.type("echo typed-$((2+3))\n")
    context.set_offline(False)
    view.expect("typed-5")
    assert view.text().count("echo typed") == 1
    remove_consoles(page)
