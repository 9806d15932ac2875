"""The palette lists what can be done, opens files, and the key tester says what keys are."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import bytes_that_arrive, new_console, remove_consoles
from tests.server import Server


@pytest.fixture(scope="module")
def signed_in(one_page: Callable[[str], Page]) -> Page:
    return one_page("landscape")


@pytest.fixture
def ide(signed_in: Page) -> Iterator[Ide]:
    ide = Ide(signed_in)
    ide.wait_connected()
    yield ide
    assert ide.troubles == []
    remove_consoles(signed_in)
    expect(signed_in.locator("[data-console-id]")).to_have_count(0)


KEYS = (
    *("Ctrl P", "Ctrl S", "Ctrl Enter", "Ctrl B", "Ctrl `", "Ctrl Alt →", "Ctrl Alt ←", "F6"),
    *("Shift F6", "Ctrl K, then W", "Ctrl K, then S", "Ctrl K, then M"),
    "Ctrl K, then F",
)
"""Of every action of the map that can be done at any time."""


def field(ide: Ide) -> Locator:
    return ide.dialog("Commands").get_by_role("combobox", name="Command")


def first_choice(ide: Ide) -> Locator:
    return ide.page.get_by_role("option").first.locator(".palette-label")


def choices(ide: Ide) -> list[str]:
    """What the palette shows, without its keys."""
    rows = ide.page.get_by_role("listbox").get_by_role("option").locator(".palette-label")
    return [re.sub(r"\s+", " ", text).strip() for text in rows.all_inner_texts()]


def test_keys_are_named_once_a_keyboard_was_seen(ide: Ide):
    ide.page.reload()
    ide.wait_connected()
    ide.button("All commands").tap()
    expect(ide.page.get_by_role("option").first).to_be_visible()
    key = ide.page.locator(".palette-row kbd").first
    expect(key).to_be_hidden()
    ide.page.keyboard.press("ArrowDown")
    expect(key).to_be_visible()
    ide.page.keyboard.press("Escape")


def test_every_menu_is_in_the_palette(ide: Ide):
    new_console(ide.page)
    ide.put("menu.py", "print(1)\n")
    ide.open("menu.py")
    console = ide.page.get_by_role("button", name=re.compile("^More actions for console Bash"))
    wanted: set[str] = set()
    for button in (
        ide.button("Account and settings"),
        console,
        ide.button("More for this editor pane"),
    ):
        button.tap()
        items = ide.page.get_by_role("menu").locator("button:enabled .menu-label")
        expect(items.first).to_be_visible()
        wanted |= {re.sub(r"\s+", " ", text).strip() for text in items.all_inner_texts()}
        ide.page.keyboard.press("Escape")
        expect(items).to_have_count(0)
    ide.button("All commands").tap()
    expect(field(ide)).to_be_focused()
    shown = choices(ide)
    assert len(wanted) > 20
    assert [one for one in wanted if not any(text.startswith(one) for text in shown)] == []
    keys = ide.page.locator(".palette-row kbd").all_inner_texts()
    assert set(KEYS) <= set(keys)
    small = """least => [...document.querySelectorAll("dialog :is(input, [role=option])")]
      .filter(element => element.getBoundingClientRect().height < least).map(e => e.outerHTML)"""
    assert ide.page.evaluate(small, 44) == []
    ide.page.keyboard.press("Escape")
    expect(ide.dialog("Commands")).to_have_count(0)


def test_it_is_narrowed_and_chosen_by_key_and_by_finger(ide: Ide):
    ide.page.keyboard.press("F1")
    field(ide).fill("theme dark")
    expect(first_choice(ide)).to_have_text(re.compile("^Theme: dark"))
    ide.page.keyboard.press("Enter")
    expect(ide.page.locator("html")).to_have_attribute("data-theme", "dark")
    ide.page.keyboard.press("Control+Shift+P")
    field(ide).fill("theme")
    options = ide.page.get_by_role("option")
    expect(first_choice(ide)).to_have_text(re.compile("^Theme"))
    selected = ide.page.get_by_role("option", selected=True)
    for key, at in (("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        ide.page.keyboard.press(key)
        name = (options.all()[at].get_attribute("id")) or ""
        expect(selected).to_have_id(name)
        expect(field(ide)).to_have_attribute("aria-activedescendant", name)
    ide.page.get_by_role("option", name="Theme: as the system").tap()
    expect(ide.page.locator("html")).not_to_have_attribute("data-theme", "dark")
    ide.page.keyboard.press("F1")
    field(ide).fill("qqqq")
    expect(ide.dialog("Commands").get_by_role("status")).to_have_text("No command is called that.")
    ide.page.keyboard.press("Escape")


def test_in_full_screen_the_browser_gives_up_its_keys(ide: Ide):
    ide.page.evaluate("navigator.keyboard.lock = async () => { window.locked = true; }")
    for full in (True, False):
        ide.page.keyboard.press("F1")
        field(ide).fill("full screen")
        ide.page.keyboard.press("Enter")
        expect(ide.dialog("Commands")).to_have_count(0)
        is_full = "full => (document.fullscreenElement !== null) === full"
        ide.page.wait_for_function(is_full, arg=full)
    assert ide.page.evaluate("window.locked")


def test_a_file_deep_down_is_opened_by_a_part_of_its_name(ide: Ide):
    for folder in ("deep", "deep/down"):
        body = json.dumps({"path": folder})
        ide.api("POST", "files/folder", body=body, headers={"Content-Type": "application/json"})
    ide.put("deep/down/treasure.py", "found = True\n")
    ide.page.keyboard.press("Control+p")
    ide.dialog("Open a file").get_by_role("combobox", name="File").fill("trea")
    expect(ide.page.get_by_role("option").first).to_contain_text("treasure.py")
    expect(ide.page.get_by_role("option").first).to_contain_text("deep/down")
    ide.page.keyboard.press("Enter")
    expect(ide.editor("treasure.py")).to_contain_text("found")
    ide.page.keyboard.press("F1")
    field(ide).fill("find in the file")
    ide.page.keyboard.press("Enter")
    expect(ide.page.locator(".cm-search [name=search]:visible")).to_be_focused()
    ide.page.keyboard.press("Escape")
    expect(ide.editor("treasure.py")).to_be_focused()


def test_chords_and_keys_of_the_map_act(ide: Ide):
    page = ide.page
    for name in ("one.py", "two.py"):
        ide.put(name, f"name = {name!r}\n")
        ide.open(name).tap()
    page.keyboard.press("Control+Alt+ArrowLeft")
    expect(ide.file_tab("one.py")).to_have_attribute("aria-selected", "true")
    expect(ide.editor("one.py")).to_be_focused()
    page.keyboard.press("Control+Alt+ArrowRight")
    expect(ide.file_tab("two.py")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+k")
    page.keyboard.press("w")
    expect(ide.file_tab("two.py")).to_have_count(0)
    expect(ide.editor("one.py")).to_contain_text("one.py")
    page.keyboard.press("Control+k")
    page.keyboard.press("y")  # means nothing, and is not typed
    ide.editor("one.py").tap()
    expect(ide.editor("one.py")).to_have_text("name = 'one.py'")


def test_a_console_keeps_its_keys(ide: Ide):
    page, view = ide.page, new_console(ide.page)
    bytes_that_arrive(view, full_screen=True)
    view.input.focus()
    for key in ("Control+k", "Control+p", "Control+b", "F1"):
        page.keyboard.press(key)
    view.expect("<0b><10><02><1b><4f><50>")
    page.keyboard.press("Control+Shift+P")
    expect(field(ide)).to_be_focused()
    page.keyboard.press("Escape")
    expect(view.input).to_be_focused()
    page.keyboard.type("q")
    view.expect("over")
    page.keyboard.press("F1")
    expect(field(ide)).to_be_focused()
    page.keyboard.press("Escape")


def test_the_key_tester_says_what_came_what_it_means_and_what_is_sent(ide: Ide):
    page = ide.page
    ide.button("All commands").tap()
    field(ide).fill("key tester")
    page.keyboard.press("Enter")
    log = ide.dialog("Key tester").get_by_role("log")
    expect(ide.dialog("Key tester").get_by_role("textbox", name="Keys to test")).to_be_focused()
    page.keyboard.press("Control+c")
    expect(log).to_contain_text("sends ^C (03)")
    expect(log).to_contain_text('keydown key "c" code KeyC keyCode 67 Control')
    page.keyboard.press("ArrowUp")
    expect(log).to_contain_text("sends ESC [A (1b 5b 41)")
    page.keyboard.press("Control+b")
    expect(log).to_contain_text("Ctrl+b means toggle-files, in a console it is the program's")
    expect(log).to_contain_text("sends ^B (02)")
    page.keyboard.press("Control+Shift+P")
    expect(log).to_contain_text("Ctrl+Shift+p means palette")
    page.context.new_cdp_session(page).send("Input.insertText", {"text": "日本"})
    expect(log).to_contain_text("sends 日本 (e6 97 a5 e6 9c ac)")
    page.keyboard.press("F6")  # the way out by keyboard
    expect(ide.dialog("Key tester").get_by_role("button", name="Clear")).to_be_focused()
    page.keyboard.press("Escape")
    expect(ide.dialog("Key tester")).to_have_count(0)


APPLE = "Object.defineProperty(navigator, 'platform', {get: () => 'MacIntel'})"
OPTION_BRACKET = {"modifiers": 1, "key": "[", "code": "Digit5", "windowsVirtualKeyCode": 53}


def test_an_apple_keyboard_has_cmd_and_types_brackets_with_option(device: Device, server: Server):
    context = device("landscape")
    context.add_init_script(APPLE)
    page = sign_in(context, server)
    ide, view = Ide(page), new_console(page)
    title = view.title
    ide.put("stay.py", "import time\ntime.sleep(600)\n")
    ide.open("stay.py")
    ide.button("Run").tap()
    expect(ide.run_status).to_contain_text("is running")
    ide.console_tab(title).tap()
    bytes_that_arrive(view)
    page.keyboard.press("Meta+.")  # no Esc key there
    view.expect("<1b>")
    expect(ide.run_status).to_contain_text("is running")  # it was meant for this console
    keys = context.new_cdp_session(page)
    keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "[", **OPTION_BRACKET})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **OPTION_BRACKET})
    page.keyboard.press("Control+b")
    page.keyboard.press("Control+[")
    view.expect("<1b><5b><02><1b>")
    page.keyboard.press("Meta+Shift+P")
    field(ide).fill("save")
    expect(page.get_by_role("option", selected=True).locator("kbd")).to_have_text("Cmd S")
    page.keyboard.press("Escape")
    expect(view.input).to_be_focused()
    for button in ("Restore the panes", "Maximise this console pane"):
        page.keyboard.press("Meta+k")
        page.keyboard.press("m")
        expect(ide.button(button)).to_be_visible()
    view.input.focus()
    page.keyboard.type("q")
    view.expect("<1b><5b><02><1b><71>")
    remove_consoles(page)


ALT_GRAPH = """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
  key: "ArrowLeft", code: "ArrowLeft", ctrlKey: true, altKey: true, modifierAltGraph: true,
  bubbles: true, cancelable: true,
}))"""


def test_alt_graph_is_never_ours(ide: Ide):
    for name in ("left.py", "right.py"):
        ide.put(name, "")
        ide.open(name).tap()
    assert ide.page.evaluate(ALT_GRAPH), "nobody took it"
    expect(ide.file_tab("right.py")).to_have_attribute("aria-selected", "true")
    assert not ide.page.evaluate(ALT_GRAPH.replace("modifierAltGraph", "nothing"))
    expect(ide.file_tab("left.py")).to_have_attribute("aria-selected", "true")
