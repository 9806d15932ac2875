"""With the key row and a keyboard up on a phone, what has the focus is in sight (WCAG 2.4.11)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.waiting import wait_until

FILES = 30
KEYBOARD = """() => {
  const types = () => document.activeElement.matches("input, textarea, [contenteditable=true]");
  const height = {get: () => innerHeight - (types() ? 400 : 0), configurable: true};
  Object.defineProperty(visualViewport, "height", height);
  const changed = () => visualViewport.dispatchEvent(new Event("resize"));
  for (const name of ["focusin", "focusout"]) addEventListener(name, changed);
}"""
"""A keyboard that comes with a field and goes with it."""
FOCUS = """() => {
  const has = document.activeElement;
  const box = has.getBoundingClientRect();
  const row = document.querySelector(".key-bar")?.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const over = row && !has.closest("dialog") && box.bottom > row.top + 1 && box.top < row.bottom;
  return {
    what: has.getAttribute("aria-label") || has.textContent || has.name || has.outerHTML,
    free: has.contains(at) && !over && box.top > -1 && box.bottom < visualViewport.height + 1,
    box: [box.top, box.bottom, visualViewport.height, row?.top],
  };
}"""


@pytest.fixture(scope="module")
def ide(one_page: Callable[[str], Page]) -> Ide:
    """A phone with more files than it shows, whose key row stays while other keys are used."""
    ide = Ide(one_page("phone"))
    for number in range(FILES):
        ide.put(f"file-{number:02}.txt", "")
    ide.page.evaluate("localStorage.setItem('key-row', 'always')")
    ide.page.reload()
    ide.wait_connected()
    ide.page.evaluate(KEYBOARD)
    return ide


@pytest.fixture
def view(ide: Ide) -> Iterator[ConsoleView]:
    """A console with a finger in it."""
    view = new_console(ide.page)
    view.region.locator(".xterm-screen").tap()
    expect(ide.page.locator("html")).to_have_attribute("data-keyboard", "up")
    expect(row(ide.page)).to_be_visible()
    yield view
    remove_consoles(ide.page)


def row(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Extra keys")


def press(page: Page, key: str, times: int) -> list[str]:
    """Press a key so many times; after each what has the focus is free. Returns what had it."""
    return [_press(page, key) for _ in range(times)]


def _press(page: Page, key: str) -> str:
    before = page.evaluate(FOCUS)["what"]
    page.keyboard.press(key)
    seen: dict[str, Any] = {}

    def is_free() -> bool:
        seen.update(page.evaluate(FOCUS))
        return bool(seen["free"] and seen["what"] != before)

    try:
        wait_until(is_free, 10, "the focus")
    except AssertionError:
        pytest.fail(f"covered: {seen}")
    return str(seen["what"])


def test_what_has_the_focus_is_free_of_key_row_and_keyboard(ide: Ide, view: ConsoleView) -> None:
    page = ide.page
    ide.account("Change password…")
    expect(page.get_by_role("dialog").locator(":focus")).to_have_count(1)
    fields = ["new", "repeat", "Change password", "Cancel"]
    assert press(page, "Tab", 4) == fields
    assert press(page, "Shift+Tab", 4) == [*fields[-2::-1], "current"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    of_console = page.get_by_role("button", name="More actions for console")
    ide.choose(of_console, "Compose a text")
    expect(page.get_by_role("textbox", name="Text to send")).to_be_focused()
    buttons = ["Correct what I write", "Close the compose line", "Send", "Send and Enter"]
    assert press(page, "Tab", 4) == buttons
    ide.button("Close the compose line").click()
    ide.show_files()
    ide.entry("file-00.txt").focus()
    assert press(page, "ArrowDown", FILES - 1)[-1] == f"file-{FILES - 1}.txt"
    expect(row(page)).to_be_visible()
