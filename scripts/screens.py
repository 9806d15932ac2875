"""Take the pictures of docs/screens anew: `.venv/bin/python -m scripts.screens`.

A real server, a real browser, a program that counts; each device of tests/browser, light and dark.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.conftest import DEVICES, FLAGS, sign_in
from tests.browser.page import Ide
from tests.server import OWNER, Server

FOLDER = Path(__file__).parents[1] / "docs" / "screens"

PROGRAM = '''\
"""Estimate pi by throwing darts, for as long as you like."""

import random
import time

inside = 0
for thrown in range(1, 1_000_001):
    x, y = random.random(), random.random()
    inside += x * x + y * y <= 1
    if thrown % 1000 == 0:
        print(f"{thrown:>9,} darts   pi = {4 * inside / thrown:.5f}", flush=True)
        time.sleep(0.4)
'''


def prepare(page: Page) -> None:
    """Give the workspace files, a running program and a shell that was used."""
    ide = Ide(page)
    ide.wait_connected()
    for name, text in {"README.md": "# Darts\n", "darts.py": PROGRAM, "notes.txt": "\n"}.items():
        ide.put(name, text)
    page.reload()
    ide.wait_connected()
    ide.open("darts.py")
    ide.button("Run").click()
    expect(ide.console("darts.py")).to_contain_text("6,000 darts")


def device(browser: Browser, name: str, scheme: str, state: object) -> BrowserContext:
    """Return a signed-in device."""
    return browser.new_context(**DEVICES[name], color_scheme=scheme, storage_state=state)


def main() -> None:
    """Write one picture for each device and scheme."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        server.add_user(*OWNER, owner=True)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        first = browser.new_context(**DEVICES["desktop"])
        prepare(sign_in(first, server))
        state = first.storage_state()
        first.close()
        for name in DEVICES:
            for scheme in ("light", "dark"):
                context = device(browser, name, scheme, state)
                page = context.new_page()
                page.goto(server.url)
                Ide(page).wait_connected()
                expect(page.locator(".xterm-rows:visible")).to_contain_text("darts")
                if DEVICES[name].get("has_touch"):
                    page.locator(".xterm:visible").first.tap()
                page.wait_for_timeout(1500)
                page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
