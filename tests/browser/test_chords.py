"""Chords of the map on both kinds of keyboard, pressed in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console, remove_consoles

TOLD = """if (sessionStorage.getItem("apple"))
  Object.defineProperty(navigator, "platform", {get: () => "MacIntel"})"""
FILES = ("first.py", "second.py")
STAYS = "print('ru' + 'ns', flush=True)\nimport time\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def ide(one_page: Callable[[str], Page]) -> Ide:
    ide = Ide(one_page("desktop"))
    ide.page.add_init_script(TOLD)
    ide.wait_connected()
    for name in FILES:
        ide.put(name, STAYS)
    return ide


def told(ide: Ide, keyboard: str) -> None:
    """Load the page anew, with two files open, on a keyboard of this kind."""
    remember = "apple => apple ? sessionStorage.setItem('apple', 1) : sessionStorage.clear()"
    ide.page.evaluate(remember, keyboard == "Meta")
    ide.page.reload()
    ide.wait_connected()
    for name in FILES:
        ide.open(name)


@pytest.mark.parametrize("primary", ["Control", "Meta"])
def test_two_keys_choose_a_tab_and_split_and_a_region_is_left_backwards(
    ide: Ide, primary: str
) -> None:
    told(ide, primary)
    page, editors = ide.page, ide.page.locator(".pane.editor")
    ide.editor("second.py").click()
    for number, name in enumerate(FILES, 1):
        page.keyboard.press(f"{primary}+k")
        page.keyboard.press(str(number))
        expect(ide.editor(name)).to_be_focused()
    page.keyboard.press("Shift+F6")
    expect(ide.tree.locator("[role=treeitem]:focus")).to_have_count(1)
    page.keyboard.press("F6")
    expect(ide.editor("second.py")).to_be_focused()
    expect(editors).to_have_count(1)
    page.keyboard.press(f"{primary}+k")
    page.keyboard.press("s")
    expect(editors).to_have_count(2)
    expect(editors.nth(1).get_by_role("tab", name="second.py")).to_be_visible()
    ide.choose(ide.button("More for this editor pane").last, "Close this pane")
    expect(editors).to_have_count(1)
    assert ide.troubles == []


def test_cmd_and_a_full_stop_stop_the_run(ide: Ide) -> None:
    told(ide, "Meta")
    page = ide.page
    for name in FILES:
        ide.open(name)
        ide.button("Run").click()
        run = ConsoleView(page, name)
        run.expect("runs")
        (ide.editor(name) if name == FILES[0] else run.input).focus()
        page.keyboard.press("Meta+.")
        expect(ide.run_status).to_contain_text(f"{name}: Ended")
    remove_consoles(page)


def test_shift_and_insert_paste_into_a_console(ide: Ide) -> None:
    page = ide.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view = new_console(page)
    page.evaluate("navigator.clipboard.writeText('echo pas\\'\\'ted')")
    view.take_keys()
    page.keyboard.press("Shift+Insert")
    view.expect("echo pas''ted")
    remove_consoles(page)
