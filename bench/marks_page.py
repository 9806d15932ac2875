"""How soon a command that ended has its mark on the page, in Debian's Chromium.

`python -m bench.marks_page`: from the command's last output to its mark as ended, both as the
page's document has them.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from bench.page import ARGUMENTS, WAIT_MS
from tests.server import OWNER, Server

_COMMANDS: Final = 30
_TIMES: Final = """number => new Promise((done) => {
  let printed = 0;
  const look = () => {
    const rows = [...document.querySelectorAll(".xterm-rows > *")];
    const now = performance.now();
    if (!printed && rows.some((row) => row.textContent === `end${number}`)) printed = now;
    const marks = [...document.querySelectorAll(".card-mark")];
    const ended = marks.some(({ariaLabel}) => ariaLabel?.includes(`nd${number}: finished`));
    if (!printed || !ended) return;
    following.disconnect();
    done(performance.now() - printed);
  };
  const following = new MutationObserver(look);
  const all = {subtree: true, childList: true, characterData: true, attributes: true};
  following.observe(document.body, all);
})"""


def _took(page: Page, number: int) -> float:
    """Run a command and return its milliseconds."""
    times = page.evaluate_handle(f"number => ({{took: ({_TIMES})(number)}})", number)
    page.locator(".xterm-helper-textarea").first.focus()
    page.keyboard.type(f"sleep 0.15; echo e''nd{number}")
    page.keyboard.press("Enter")
    return float(times.evaluate("async ({took}) => await took"))


def main() -> None:
    """Print the median and the slowest, and at which load."""
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "data") as server:
        server.add_user(*OWNER, owner=True)
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), headless=True, args=ARGUMENTS
            )
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(server.url)
            page.get_by_role("textbox", name="User name").fill(OWNER[0])
            page.get_by_role("textbox", name="Password").fill(OWNER[1])
            page.get_by_role("button", name="Sign in").click()
            page.locator(".xterm-rows", has_text="$").first.wait_for(timeout=WAIT_MS)
            first, *took = [_took(page, number) for number in range(_COMMANDS)]
            browser.close()
    took.sort()
    print(
        f"a mark says that its command ended {took[len(took) // 2]:.0f} ms after the last output"
        f" (median of {len(took)}; the slowest {took[-1]:.0f}); of the first command {first:.0f} ms"
    )
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
