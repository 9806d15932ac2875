"""All output of a console with a log of 504 MiB: opened, scrolled, searched, downloaded.

In Chromium of a tablet's size. A page of one `pre` with the same rows scrolls beside it.
"""

import os
import shutil
import statistics
import time
from typing import Final

from playwright.sync_api import Locator, Page, sync_playwright

from bench import page as bench_page
from tests import long_logs
from tests.browser.conftest import DEVICES
from tests.browser.page import Ide
from tests.server import Server
from tests.visitor import Visitor

NAME, PASSWORD = "whole", "a long whole password"
LOG_BYTES: Final = 500 * 1024 * 1024
ROUNDS: Final = 5
WHEELS: Final = 150
WHEEL_PX: Final = 240
WAIT_MS: Final = 120_000
NEWEST, OLDEST, ALL = r"hours\.+$", r"^000000042 passed", "."

TIMES: Final = """
  window.timed = (event, done) => {
    let from = 0;
    addEventListener(event, () => { from = performance.now(); }, { once: true, capture: true });
    window.taken = new Promise(resolve => {
      const look = () => from > 0 && done() ? resolve(performance.now() - from)
        : requestAnimationFrame(look);
      look();
    });
  };
  window.shows = text => document.querySelector(".output-box")?.textContent.includes(text);
  window.found = () => document.querySelector(".output-search li") !== null;
  window.ended = () => /^Nothing|lines?\\b(?!.*…)/.test(
    document.querySelector(".output-found")?.textContent ?? "");
  window.rows = (box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return [...box.querySelectorAll(".output-line")].some(row => {
      const at = row.getBoundingClientRect();
      return at.top < (top + bottom) / 2 && at.bottom > (top + bottom) / 2 - 30;
    });
  };
  window.frames = [];
  window.noteFrames = () => {
    window.frames = [];
    window.noting = true;
    const note = at => { window.frames.push(at); if (window.noting) requestAnimationFrame(note); };
    requestAnimationFrame(note);
  };
"""
JUMP: Final = """(box, part) => new Promise(resolve => {
  const from = performance.now();
  box.scrollTop = box.scrollHeight * part;
  const look = () => requestAnimationFrame(() =>
    rows(box) ? resolve(performance.now() - from) : look());
  look();
})"""


def measure(server: Server, _visitor: Visitor) -> None:
    """Print all of it, for a person whom the other figures leave alone."""
    server.add_user(NAME, PASSWORD)
    with Visitor(server.url) as person:
        person.sign_in(NAME, PASSWORD)
        console = person.new_console()
        person.api("POST", f"consoles/{console}/end", json={"how": "kill"})
        server.end_workspaces()
        length = long_logs.lay(server.data / person.workspace / "consoles" / console, LOG_BYTES)
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=bench_page.ARGUMENTS
            )
            page = browser.new_context(**DEVICES["landscape"]).new_page()
            page.add_init_script(TIMES)
            _sign_in(page, server.url)
            _open(page, f"{length // long_logs.LINE_BYTES - 1:09d}")
            _scroll(page, console)
            _search(page)
            browser.close()
        _download(person, console, length)
    print(f"    load average {os.getloadavg()[0]:.1f}", flush=True)


def _say(what: str, values: list[float], unit: str, goal: str) -> None:
    middle, worst = statistics.median(values), max(values)
    print(f"{what:44} {middle:9.0f} {unit:4} worst {worst:7.0f}   goal {goal}", flush=True)


def _sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="User name").fill(NAME)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    Ide(page).wait_connected()


def _open(page: Page, last: str) -> None:
    """From the tap on “Earlier output” to the last lines; the last time it stays open."""
    taken = []
    for number in range(ROUNDS):
        tab = page.get_by_role("tablist", name="Consoles").get_by_role("tab").last
        tab.click(button="right")
        item = page.get_by_role("menuitem", name="Earlier output")
        item.wait_for()
        page.evaluate("last => timed('click', () => shows(last))", last)
        item.click()
        taken.append(page.evaluate("taken"))
        if number < ROUNDS - 1:
            page.keyboard.press("Escape")
    _say("to the last lines of 504 MiB", taken, "ms", "< 1000 ms")


def _scroll(page: Page, console: str) -> None:
    box = page.get_by_role("region", name="Output of ").get_by_role("log")
    page.evaluate("console => { location.hash = `console=${console}&at=264241152`; }", console)
    box.get_by_text("004128768").wait_for()
    box.dispatch_event("pointerdown")
    _say_frames("frames a second while it scrolls", page, box)
    jumps = [box.evaluate(JUMP, part) for part in (0.1, 0.9, 0.35, 0.75, 0.5)]
    _say("rows where the bar was dragged to", jumps, "ms", "none set")
    bare = page.context.new_page()
    bare.add_init_script(TIMES)
    bare.set_content(f"<pre style='height:700px;overflow:auto'>{'a line of text<br>' * 4000}</pre>")
    bare.evaluate(TIMES)
    _say_frames("the same of a bare pre", bare, bare.locator("pre"))
    bare.close()


def _say_frames(what: str, page: Page, box: Locator) -> None:
    box.hover()
    page.evaluate("noteFrames()")
    for _ in range(WHEELS):
        page.mouse.wheel(0, WHEEL_PX)
    gaps = page.evaluate(
        "() => { noting = false; return frames.slice(1).map((at, index) => at - frames[index]); }"
    )
    rate = 1000 * len(gaps) / sum(gaps)
    print(f"{what:44} {rate:9.0f} /s   longest gap {max(gaps):.0f} ms", flush=True)


def _search(page: Page) -> None:
    for what, pattern, done, rounds, goal in (
        ("first hit of an expression, newest lines", NEWEST, "found", ROUNDS, "< 1000 ms"),
        ("first hit of one that matches everything", ALL, "found", ROUNDS, "< 1000 ms"),
        ("all 1,000 that it may find", ALL, "ended", ROUNDS, "none set"),
        ("the only hit, among the oldest lines", OLDEST, "found", 1, "none set"),
    ):
        taken = [_searched(page, pattern, done) for _ in range(rounds)]
        _say(what, taken, "ms", goal)


def _searched(page: Page, pattern: str, done: str) -> float:
    view = page.get_by_role("region", name="Output of ")
    view.get_by_role("button", name="Search").click()
    view.get_by_role("button", name="Regular expression").click()
    field = view.get_by_role("textbox", name="Search the whole output")
    field.fill(pattern)
    page.evaluate(f"timed('keydown', {done})")
    field.press("Enter")
    taken = page.evaluate("taken")
    page.keyboard.press("Escape")
    return taken


def _download(person: Visitor, console: str, length: int) -> None:
    for shape in ("printed", "text", "asciicast"):
        began, got = time.perf_counter(), 0
        path = f"api/v1/workspaces/{person.workspace}/consoles/{console}/log?as={shape}"
        with person.http.stream("GET", path, timeout=WAIT_MS / 1000) as answer:
            for piece in answer.iter_raw():
                got += len(piece)
        seconds = time.perf_counter() - began
        speed = length / 2**20 / seconds
        what = f"download as {shape}, {got / 2**20:.0f} MiB"
        print(f"{what:44} {speed:9.0f} MiB/s of the log", flush=True)
