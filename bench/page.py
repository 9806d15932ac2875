"""The page in Debian's Chromium: time to a usable prompt, requests and bytes.

Chromium takes brotli where it can, which is smaller; the budget is in gzip, so a built file counts
with the size of its .gz, everything else with what came over the wire.
"""

import shutil
import time
from dataclasses import dataclass, field

from playwright.sync_api import CDPSession, Page, sync_playwright

from ide.web.bundle import DIST

WAIT_MS = 30_000
EDITOR_AFTER_MS = 5_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@dataclass
class Load:
    """One load of the page, with an empty cache and a signed-in person."""

    prompt_seconds: float = 0.0
    requests_before_prompt: int = 0
    bytes_before_prompt: int = 0
    bytes_at_rest: int = 0
    """With what the page loads by itself once the prompt is there: the editor."""
    bytes_in_all: int = 0
    """With a Python file opened: its language."""
    addresses: list[str] = field(default_factory=list)


def measure(url: str, name: str, password: str) -> Load:
    """Sign in, then load the page anew with an empty cache, wait for the prompt, open a program."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=ARGUMENTS
        )
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(url)
        page.get_by_role("textbox", name="User name").fill(name)
        page.get_by_role("textbox", name="Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        _await_prompt(page)
        load = _load(page, page.context.new_cdp_session(page), url)
        browser.close()
        return load


def _load(page: Page, cdp: CDPSession, url: str) -> Load:
    load = Load()
    cdp.send("Network.enable")
    cdp.send("Network.clearBrowserCache")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})

    names: dict[str, str] = {}

    def asked(event: dict) -> None:
        load.addresses.append(event["request"]["url"])
        names[event["requestId"]] = event["request"]["url"].rpartition("/")[2]

    def finished(event: dict) -> None:
        packed = DIST / (names.get(event["requestId"], "") + ".gz")
        sent = int(event["encodedDataLength"])
        load.bytes_in_all += packed.stat().st_size if packed.is_file() else sent

    cdp.on("Network.requestWillBeSent", asked)
    cdp.on("Network.loadingFinished", finished)
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    _await_prompt(page)
    load.prompt_seconds = time.perf_counter() - started
    load.requests_before_prompt = len([each for each in load.addresses if "blob:" not in each])
    load.bytes_before_prompt = load.bytes_in_all
    page.wait_for_timeout(EDITOR_AFTER_MS)
    load.bytes_at_rest = load.bytes_in_all
    example = page.get_by_role("button", name="Try an example")
    if example.count():
        example.first.click()
    page.get_by_role("textbox", name="Editor: count.py").wait_for(timeout=WAIT_MS)
    page.locator(".cm-line span").first.wait_for(timeout=WAIT_MS)  # the language has arrived
    return load


def _await_prompt(page: Page) -> None:
    """Wait until a terminal on the page shows bash's prompt."""
    page.locator(".xterm-rows", has_text="$").first.wait_for(timeout=WAIT_MS)
