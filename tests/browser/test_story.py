"""The whole story: write, run, walk away, kill what can be killed, come back on a tablet."""

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests import kept_logs
from tests.browser.conftest import Device, sign_in
from tests.server import OWNER, Server
from tests.waiting import wait_until

PROGRAM = """\
import itertools, time
for number in itertools.count():
    print("line", number, flush=True)
    time.sleep(0.05)
"""


def numbers(page: Page, console: str) -> list[int]:
    """The numbers that the console's visible rows show, top to bottom."""
    text = page.locator(f'[data-console-id="{console}"] .xterm-rows').inner_text()
    return [int(found) for found in re.findall(r"^line (\d+)\s*$", text, re.MULTILINE)]


def last(page: Page, console: str) -> int:
    seen = numbers(page, console)
    return seen[-1] if seen else -1


def assert_unbroken(page: Page, console: str) -> None:
    seen = wait_until(lambda: numbers(page, console), 20, "numbers on the screen")
    assert seen == list(range(seen[0], seen[0] + len(seen)))


def visible_console(page: Page) -> str:
    region = page.locator("[data-console-id]:visible", has_text="line").last
    return str(region.get_attribute("data-console-id"))


def replace_text(page: Page, name: str, text: str) -> None:
    editor = page.get_by_role("textbox", name=f"Editor: {name}")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


@pytest.mark.long  # cannot be shortened: it is the whole story
@pytest.mark.timeout(300)
def test_start_walk_away_and_find_everything(device: Device, tmp_path) -> None:
    with Server(tmp_path / "data") as server:
        laptop = device("desktop")
        page = laptop.new_page()
        page.goto(server.setup_link)
        page.get_by_role("textbox", name="User name").fill(OWNER[0])
        page.get_by_role("textbox", name="Password").fill(OWNER[1])
        page.get_by_role("button", name="Create owner").click()
        expect(page.get_by_role("status", name="Connection")).to_contain_text("connected")

        page.get_by_role("button", name="New file").first.click()
        page.get_by_role("textbox", name=re.compile("name", re.IGNORECASE)).last.fill("counting.py")
        page.keyboard.press("Enter")
        replace_text(page, "counting.py", PROGRAM)
        page.get_by_role("button", name="Run", exact=True).click()
        # Any line: each is in sight for less than a second.
        counts = page.locator("[data-console-id]:visible", has_text=re.compile(r"line \d"))
        expect(counts).to_have_count(1, timeout=60_000)
        console = visible_console(page)
        assert_unbroken(page, console)
        left_at = last(page, console)
        laptop.close()

        keepers = server.pids("ide.keeper")
        assert keepers
        server.kill_web()
        for pid in keepers:
            os.kill(pid, signal.SIGKILL)
        server.start()

        tablet = device("landscape")
        page = sign_in(tablet, server)
        expect(page.locator(f'[data-console-id="{console}"]')).to_be_visible()
        wait_until(lambda: last(page, console) > left_at, 30, "the count has gone on")
        assert_unbroken(page, console)
        seen = last(page, console)
        wait_until(lambda: last(page, console) > seen, 30, "it counts before our eyes")

        terminal = page.locator(f'[data-console-id="{console}"]')
        terminal.locator(".xterm").tap()
        expect(terminal.locator(".xterm-helper-textarea")).to_be_focused()
        page.keyboard.press("Control+c")
        expect(terminal.get_by_text("KeyboardInterrupt")).to_be_visible()
        assert_log_unbroken(server, console)

        page.get_by_role("tab", name=re.compile(r"^counting\.py")).first.tap()
        replace_text(page, "counting.py", 'print("second " + "time")\n')
        page.get_by_role("button", name="Run", exact=True).tap()
        expect(page.get_by_text("second time", exact=True).first).to_be_visible()


def assert_log_unbroken(server: Server, console: str) -> None:
    """What the disk holds is the whole count, each line once."""
    (log,) = server.data.glob(f"*/consoles/{console}")
    _, content = kept_logs.content(log)
    printed = [int(number) for number in re.findall(rb"line (\d+)\r\n", content)]
    assert printed
    assert printed == list(range(len(printed)))
