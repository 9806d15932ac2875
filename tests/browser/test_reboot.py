"""The machine restarts: every process and the folder of sockets are gone, the data is there."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench import processes
from ide.settings import Settings
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console
from tests.server import Server
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(own_server: Server) -> Server:
    """All of it is killed."""
    return own_server


def reboot(server: Server) -> None:
    """Kill everything at once, give the machine another boot id, and start the server."""
    pids = [
        *server.pids("ide.placement.supervisor"), *processes.keepers(server.data),
        *processes.zygotes(server.data), *processes.sandboxes(server.data),
    ]  # fmt: skip
    server.kill_web()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 20, "all dead")
    shutil.rmtree(Settings(data=server.data).runtime)
    for journal in server.data.glob("*/journal.db"):
        with contextlib.closing(sqlite3.connect(journal)) as db, db:
            db.execute("UPDATE consoles SET boot = 'another boot'")
    server.start()


def test_after_a_reboot_one_tap_starts_a_new_shell_where_the_old_one_was(
    server: Server, device: Device
) -> None:
    view = new_console(sign_in(device("landscape"), server))
    view.run("mkdir -p deep && cd deep && echo ke''pt; date > started")
    view.expect("kept")
    title = (view.region.get_attribute("aria-label") or "")[8:]
    expect(Ide(view.page).console_tab(title)).to_have_attribute("title", re.compile("deep"))
    view.page.close()
    reboot(server)

    page = sign_in(device("portrait"), server)
    Ide(page).console_tab(title).click()
    view = ConsoleView(page, title)
    expect(view.region.get_by_role("status").filter(has_text="Ended")).to_contain_text(
        "The machine was restarted."
    )
    expect(view.rows).to_contain_text("kept")
    listed = json.loads(Ide(page).api("GET", "consoles")["text"])["consoles"]
    (old,) = (one for one in listed if one["title"] == title)
    assert (old["state"], old["exit"]["how"]) == ("ended", "reboot")
    view.region.get_by_role("button", name="Start again").tap()
    expect(view.rows).to_contain_text("started again")
    expect(view.region.get_by_role("status").filter(has_text="Ended")).to_have_count(0)
    view.run("pwd; wc -l < started")
    view.expect("/home/user/deep1~/deep $")
