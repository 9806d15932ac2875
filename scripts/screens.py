"""Take the pictures of docs/screens anew: `.venv/bin/python -m scripts.screens [NAME…]`.

A real server, a real browser, a program that counts; each layout light and dark. Look at them.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, sign_in
from tests.browser.page import Ide
from tests.server import OWNER, Server

FOLDER = Path(__file__).parents[1] / "docs" / "screens"

TOUCH: Final[dict[str, Any]] = {"has_touch": True, "is_mobile": True}
LAYOUTS: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "landscape": {"viewport": {"width": 1180, "height": 820}, **TOUCH},
    "portrait": {"viewport": {"width": 820, "height": 1180}, **TOUCH},
    "phone": {"viewport": {"width": 390, "height": 844}, **TOUCH},
}
LEFT_BY_KEYBOARD: Final = {"landscape": 460, "portrait": 790, "phone": 508}
"""What is in sight of each height, in px, once the on-screen keyboard came up."""
SETTLE_MS: Final = 1500

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
    return browser.new_context(
        **LAYOUTS[name], color_scheme=scheme, storage_state=state, service_workers="block"
    )


def take(page: Page, name: str, scheme: str) -> None:
    """Write the pictures of one device, without and with its keyboard, once it is ready."""
    Ide(page).wait_connected()
    shown = page.locator(".xterm-rows:visible")
    parts = page.get_by_role("navigation", name="Parts of the page")
    if not shown.count() and parts.is_visible():
        parts.get_by_role("button", name="Console").tap()
    expect(shown.first).to_contain_text("darts")
    if LAYOUTS[name].get("has_touch"):
        page.locator(".xterm:visible").first.tap()
    expect(page.get_by_role("button", name="Tell me when it finishes")).to_be_visible()
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
    if left := LEFT_BY_KEYBOARD.get(name):
        page.set_viewport_size({"width": LAYOUTS[name]["viewport"]["width"], "height": left})
        expect(page.locator("html")).to_have_attribute("data-keyboard", "up")
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=FOLDER / f"{name}-keyboard-{scheme}.png")


def main() -> None:
    """Write one picture for each layout, or for those that are named, and scheme."""
    names = sys.argv[1:] or list(LAYOUTS)
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        server.add_user(*OWNER, owner=True)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        first = browser.new_context(**LAYOUTS["desktop"], service_workers="block")
        prepare(sign_in(first, server))
        state = first.storage_state()
        first.close()
        for name in names:
            for scheme in ("light", "dark"):
                context = device(browser, name, scheme, state)
                page = context.new_page()
                page.goto(server.url)
                take(page, name, scheme)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
