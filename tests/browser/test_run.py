"""Run: save, start, stop, the exit shown, and what happens when it runs already."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[..., Ide]
FOREVER = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.1)\n"
NUMBERED = "import os\nprint('run', os.getpid(), flush=True)\n" + FOREVER


@pytest.fixture
def ide(server: Server, device: Device) -> Open:
    def opened(name: str = "desktop") -> Ide:
        found = Ide(sign_in(device(name), server))
        found.wait_connected()
        return found

    return opened


def test_run_saves_first_and_shows_output_and_exit(ide: Open) -> None:
    page = ide()
    page.new_file("hello.py")
    page.write("hello.py", "import os\nprint('cwd', os.getcwd())\nraise SystemExit(3)")
    page.button("Run").click()
    expect(page.console("hello.py")).to_contain_text("cwd /home/user")
    expect(page.run_status).to_contain_text(re.compile(r"hello\.py: Ended .*exit 3"))
    assert page.disk("hello.py").endswith("SystemExit(3)")


def test_the_folder_of_the_file_is_the_working_directory(ide: Open) -> None:
    page = ide()
    page.api(
        "POST", "files/folder", body='{"path": "sub"}', headers={"Content-Type": "application/json"}
    )
    page.put("sub/where.sh", "pwd\n")
    expect(page.entry("sub")).to_be_visible()
    page.entry("sub").click()
    page.open("where.sh")
    page.page.keyboard.press("Control+Enter")
    expect(page.console("where.sh")).to_contain_text("/home/user/sub")


def test_stop_stands_beside_it_and_running_again_reuses_the_pane(ide: Open) -> None:
    page = ide()
    page.put("again.py", FOREVER)
    page.open("again.py")
    page.button("Run").click()
    expect(page.console("again.py")).to_contain_text("started")
    expect(page.run_status).to_contain_text("again.py is running")
    first = page.console("again.py").get_attribute("data-console-id")
    page.button("Stop").click()
    expect(page.run_status).to_contain_text("again.py: Ended")
    expect(page.button("Stop")).to_be_hidden()
    page.button("Run").click()
    expect(page.run_status).to_contain_text("again.py is running")
    expect(page.console_tab("again.py")).to_have_count(1)
    assert page.console("again.py").get_attribute("data-console-id") == first
    page.button("Stop").click()
    expect(page.button("Stop")).to_be_hidden()


def newest_run(page: Ide) -> str:
    """Return the number that the newest run of NUMBERED prints, "" where there is none yet."""
    return (re.findall(r"run (\d+)", page.console("asks.py").inner_text()) or [""])[-1]


def test_while_it_runs_it_asks(ide: Open) -> None:
    page = ide()
    page.put("asks.py", NUMBERED)
    page.open("asks.py")
    page.button("Run").click()
    expect(page.run_status).to_contain_text("asks.py is running")
    first = wait_until(lambda: newest_run(page), 20, "it runs")
    question = page.dialog("asks.py is still running")
    page.button("Run").click()
    question.get_by_role("button", name="Cancel").click()
    expect(page.console_tab("asks.py")).to_have_count(1)
    page.button("Run").click()
    question.get_by_role("button", name="Stop and run again").click()
    wait_until(lambda: newest_run(page) not in ("", first), 20, "another run")
    expect(page.run_status).to_contain_text("asks.py is running")
    expect(page.console_tab("asks.py")).to_have_count(1)
    page.button("Run").click()
    question.get_by_role("button", name="Run beside it").click()
    expect(page.console_tab(re.compile("asks"))).to_have_count(2)
    for _ in range(2):
        page.button("Stop").click()


def test_what_cannot_run_says_so(ide: Open) -> None:
    page = ide()
    page.put("notes.md", "# Notes\n")
    page.open("notes.md")
    page.button("Run").click()
    expect(page.notices).to_contain_text("Run works for .py and .sh files. notes.md is neither.")


def test_on_a_phone_run_leads_to_the_output(ide: Open) -> None:
    page = ide("phone")
    page.put("phone.py", "print('on the phone')\n")
    page.open("phone.py")
    page.button("Run").tap()
    expect(page.console("phone.py")).to_be_visible()
    expect(page.console("phone.py")).to_contain_text("on the phone")


LINES = """\
def half(number):
    return number // 2

if True:
    total = half(84)
    print("it is", total)
"""


def test_lines_go_to_a_console_of_their_language(ide: Open) -> None:
    page = ide()
    page.put("lines.py", LINES)
    page.open("lines.py").click()
    press = page.page.keyboard.press
    for key in ("Control+Home", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+Enter"):
        press(key)  # a block, to a console that is started for it
    python = page.console("Python")
    expect(python).to_contain_text("number // 2")
    expect(page.editor("lines.py")).to_be_focused()
    for key in ("Control+End", "ArrowUp", "ArrowUp", "Shift+Enter", "Shift+Enter"):
        press(key)  # line by line, from within a block
    expect(python).to_contain_text("it is 42")
    page.put("word.sh", "echo of-$((6*7))\n")
    page.open("word.sh")
    page.choose(page.button("More for this editor pane"), "Run the selection or line")
    expect(page.console("Bash")).to_contain_text("of-42")
    page.put("none.md", "one\n")
    page.open("none.md").click()
    press("Shift+Enter")
    expect(page.editor("none.md")).to_have_text("\none")
