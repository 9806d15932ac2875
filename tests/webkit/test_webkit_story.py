"""The story in real WebKit: write, run, everything is killed, the count has gone on, stop it."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.server import OWNER, Server
from tests.waiting import wait_until

SECONDS = 60.0
# The editor indents what follows a colon.
LINES = ["import time", "for n in range(9999):", "print('line', n, flush=True)", "time.sleep(0.05)"]

Web = webdriver.WebKitGTK


def shown(web: Web, css: str, name: str = "") -> WebElement:
    """Wait for a visible element, by its accessible name where one is given."""

    def look() -> WebElement | None:
        every = (each for each in web.find_elements(By.CSS_SELECTOR, css) if each.is_displayed())
        return next((each for each in every if name in ("", each.accessible_name)), None)

    found = wait_until(look, SECONDS, f"{css} {name}")
    assert found
    return found


def rows(web: Web) -> str:
    """The rows of the terminal in sight, a line each."""
    return str(
        web.execute_script(
            """const all = [...document.querySelectorAll('.console-pane .xterm-rows')];
               const one = all.find((each) => each.checkVisibility({visibilityProperty: true}));
               return one ? [...one.children].map((row) => row.textContent).join('\\n') : '';"""
        )
    ).replace("\xa0", " ")


def numbers(web: Web) -> list[int]:
    return [int(number) for number in re.findall(r"^line (\d+)\s*$", rows(web), re.MULTILINE)]


def resize(web: Web, width: int, height: int) -> None:
    """Give the page exactly this viewport, in CSS pixels."""

    def fits() -> bool:
        inner = web.execute_script("return [innerWidth, innerHeight]")
        if inner == [width, height]:
            return True
        size = web.get_window_size()
        web.set_window_size(size["width"] + width - inner[0], size["height"] + height - inner[1])
        return False

    wait_until(fits, SECONDS, f"a viewport of {width}x{height}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without anybody: the story begins with its owner."""
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


def create_owner(web: Web, server: Server) -> None:
    web.get(server.setup_link)
    for name, text in zip(("User name", "Password"), OWNER, strict=True):
        shown(web, "input", name).send_keys(text)
    shown(web, "button", "Create owner").click()
    wait_until(lambda: "$" in rows(web), SECONDS, "a prompt")


@pytest.mark.long  # cannot be shortened: it is the whole story
@pytest.mark.usefixtures("picture")
@pytest.mark.timeout(300)
def test_start_walk_away_and_find_everything(webkit: Web, server: Server) -> None:
    resize(webkit, 1280, 800)
    create_owner(webkit, server)
    shown(webkit, "button", "New file").click()
    shown(webkit, "dialog input").send_keys("counting.py", Keys.ENTER)
    shown(webkit, "[role=textbox]", "Editor: counting.py").click()
    for line in LINES:  # Escape: Enter would take a completion that is offered
        ActionChains(webkit).send_keys(line, Keys.ESCAPE, Keys.ENTER).perform()
        # The language, which indents the lines to come, is loaded with the first file of it.
        wait_until(lambda: webkit.find_elements(By.CSS_SELECTOR, ".cm-line span"), SECONDS, line)
    shown(webkit, "button", "Run").click()
    # Two seconds of counting: what is open is saved a second after it changed.
    wait_until(lambda: numbers(webkit)[-1:] > [40], SECONDS, "it counts")
    before = numbers(webkit)[-1]
    webkit.get("about:blank")  # nobody looks any more

    keepers = server.pids("ide.keeper")
    server.kill_web()
    for pid in keepers:
        os.kill(pid, signal.SIGKILL)
    server.start()

    resize(webkit, 1180, 820)
    webkit.get(server.url)
    wait_until(lambda: numbers(webkit)[-1:] > [before], SECONDS, "the count has gone on")
    seen = numbers(webkit)
    assert seen == list(range(seen[0], seen[0] + len(seen)))

    webkit.execute_script(
        """const fields = [...document.querySelectorAll('.console-pane .xterm-helper-textarea')];
           const seen = (each) => each.closest('.console-pane').checkVisibility(
             {visibilityProperty: true});
           fields.find(seen).focus();"""
    )
    ActionChains(webkit).key_down(Keys.CONTROL).send_keys("c").key_up(Keys.CONTROL).perform()
    wait_until(lambda: "KeyboardInterrupt" in rows(webkit), SECONDS, "Ctrl+C stops it")

    shown(webkit, "[role=textbox]", "Editor: counting.py").click()
    select_all = ActionChains(webkit).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
    select_all.send_keys("print('second ' + 'time')", Keys.ESCAPE).perform()
    shown(webkit, "button", "Run").click()
    wait_until(lambda: "second time" in rows(webkit), SECONDS, "the edited program runs")


@pytest.mark.parametrize("size", [(1180, 820), (820, 1180), (600, 844), (1180, 460)])
def test_nothing_lies_outside(webkit: Web, server: Server, size: tuple[int, int]) -> None:
    """Turned, split or with a keyboard up: every pane stays inside the window."""
    webkit.get(server.url)
    resize(webkit, *size)
    wait_until(
        lambda: webkit.execute_script(
            """const inside = (each) => {
                 const box = each.getBoundingClientRect();
                 return box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
               };
               const shown = [...document.querySelectorAll('[data-console-id], #app')]
                 .filter((each) => each.checkVisibility({visibilityProperty: true}));
               return shown.length > 0 && shown.every(inside) &&
                 document.documentElement.scrollWidth <= innerWidth;"""
        ),
        SECONDS,
        f"everything lies inside {size}",
    )
