"""Extra keys for fingers: of terminal and editor, held keys, locked modifiers, the setting."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, touch_devices
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    bytes_that_arrive,
    new_console,
    paste,
    place_of,
    remove_consoles,
    soft_key,
    strike,
    touch_drag,
)
from tests.server import Server
from tests.waiting import wait_until

FRAMES = """async () => {
  for (let count = 20; count > 0; count -= 1) await new Promise(requestAnimationFrame);
}"""
"""Longer than from one repetition of a key to the next."""
SMALL = """() => [...document.querySelectorAll(".key-bar button, .key-menu button")]
  .map(key => [key.ariaLabel, key.getBoundingClientRect()])
  .filter(([, {width, height}]) => width < 44 || height < 44).map(([name]) => name)"""
GAPS = """() => [...document.querySelectorAll(".key-scroller button")]
  .map(key => key.getBoundingClientRect())
  .flatMap((box, at, all) => (at ? [Math.round(box.left - all[at - 1].right)] : []))"""


@pytest.fixture(scope="module")
def page(one_page: Callable[[str], Page]) -> Page:
    return one_page("landscape")


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    view = new_console(page)
    touch(view)
    yield view
    remove_consoles(page)


Other = Callable[[str], Page]


@pytest.fixture
def other(device: Device, server: Server, page: Page) -> Iterator[Other]:
    """Open the page at another size, signed in already."""

    def make(name: str) -> Page:
        opened = device(name, like=page).new_page()
        opened.goto(server.url)
        return opened

    yield make
    remove_consoles(page)


def touch(view: ConsoleView) -> None:
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()


def row(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Extra keys")


def key(page: Page, name: str) -> Locator:
    return row(page).get_by_role("button", name=name, exact=True)


def hold(button: Locator) -> None:
    """Put a finger on a key and leave it there."""
    button.dispatch_event("pointerdown", {"pointerType": "touch", "button": 0})


def let_go(button: Locator) -> None:
    button.dispatch_event("pointerup", {"pointerType": "touch", "button": 0})


def are_large(page: Page) -> None:
    """Wait until each key is large enough for a finger."""
    wait_until(lambda: page.evaluate(SMALL) == [], 20, "keys of 44 pixels and more")


def shows_bytes(view: ConsoleView) -> None:
    """From here on the screen shows each byte that arrives."""
    bytes_that_arrive(view)
    view.page.keyboard.type("x")
    view.expect("<78>")
    touch(view)


@pytest.mark.parametrize("name", touch_devices("low", "phone"))
def test_keys_are_large_enough_and_apart(other: Other, name: str):
    page = other(name)
    touch(new_console(page))
    expect(key(page, "Esc")).to_be_visible()
    expect(key(page, "Shift")).to_have_count(0 if name == "phone" else 1)
    are_large(page)
    wait_until(lambda: set(page.evaluate(GAPS)) == {4}, 20, "gaps of 4 pixels")
    strike(key(page, "More keys"))
    expect(key(page, "More keys")).to_have_attribute("aria-pressed", "true")
    expect(key(page, "Ctrl C")).to_be_attached()
    are_large(page)
    box = box_of(row(page))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    strike(key(page, "More keys"))
    expect(key(page, "Ctrl C")).to_have_count(0)


def test_modifiers_hold_lock_and_let_go(view: ConsoleView):
    page = view.page
    shows_bytes(view)
    ctrl, alt, shift = (key(page, name) for name in ("Ctrl", "Alt", "Shift"))
    strike(ctrl, times=2)  # at once: it stays for every key
    expect(ctrl).to_have_attribute("aria-description", "locked")
    soft_key(view, "a")
    view.expect("<01>")
    soft_key(view, "e")
    view.expect("<05>")
    strike(key(page, "Left"))
    view.expect("<01><05><1b><5b><31><3b><35><44>")
    expect(ctrl).to_have_attribute("aria-pressed", "true")
    paste(view, "c")  # whatever is held: text
    view.expect("<44><63>")
    strike(ctrl)
    expect(ctrl).to_have_attribute("aria-pressed", "false")
    strike(alt)
    soft_key(view, "b")
    view.expect("<1b><62>")
    strike(shift)
    strike(key(page, "Tab"))
    strike(shift)
    soft_key(view, "g")
    view.expect("<47>")
    soft_key(view, "h")
    view.expect("<1b><62><1b><5b><5a><47><68>")
    for sticky in (alt, shift):
        expect(sticky).to_have_attribute("aria-pressed", "false")
    hold(key(page, "Up"))
    view.expect("<68><1b><5b><41><1b><5b><41>")
    # Another app comes, and nobody says that the finger is lifted.
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate(FRAMES)
    soft_key(view, "z")
    view.expect("<7a>")
    page.evaluate(FRAMES)
    assert view.text().replace("\n", "").rstrip().endswith("<7a>")
    page.evaluate("delete document.hidden")


def test_a_key_that_is_held_shows_what_else_it_has(other: Other):
    page = other("phone")
    view = new_console(page)
    touch(view)
    view.sleep()
    touch(view)
    hold(key(page, "Ctrl"))
    menu = page.get_by_role("toolbar", name="More of Ctrl")
    letters = [f"Ctrl {letter}" for letter in "CDZLAERWU"]
    expect(menu.get_by_role("button")).to_have_count(len(letters))
    let_go(key(page, "Ctrl"))
    assert menu.get_by_role("button").evaluate_all("all => all.map(b => b.ariaLabel)") == letters
    are_large(page)
    box, width = box_of(menu), page.viewport_size["width"]
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    menu.get_by_role("button", name="Ctrl C").tap()
    expect(menu).to_have_count(0)
    expect(view.input).to_be_focused()
    expect(key(page, "Ctrl")).to_have_attribute("aria-pressed", "false")
    view.run("echo status-$?")
    view.expect("status-130")
    strike(key(page, "Tab"))  # a tap is no holding
    expect(page.get_by_role("toolbar", name="More of Tab")).to_have_count(0)
    hold(key(page, "Tab"))
    expect(page.get_by_role("toolbar", name="More of Tab")).to_be_visible()
    page.locator(".statusbar").tap()
    expect(page.get_by_role("toolbar", name="More of Tab")).to_have_count(0)


def test_the_second_set_sends(view: ConsoleView):
    page = view.page
    shows_bytes(view)
    strike(key(page, "More keys"))
    for name in ("Ctrl L", "Home", "Page Up", "Shift Tab", "Dollar", "F1", "F12"):
        strike(key(page, name))
    home = "<1b><5b><48>"
    view.expect(f"<0c>{home}<1b><5b><35><7e><1b><5b><5a><24><1b><4f><50><1b><5b><32><34><7e>")
    view.run("")
    page.keyboard.type("q")
    view.expect("over")
    touch(view)
    view.run("clear; printf '\\033[?1h'; echo app''lication")
    view.expect("application")
    shows_bytes(view)
    strike(key(page, "Home"))
    view.expect("<1b><4f><48>")
    page.keyboard.type("q")
    view.expect("over")
    touch(view)
    expect(key(page, "More keys")).to_be_visible()
    if not key(page, "Select").count():
        strike(key(page, "More keys"))
    strike(key(page, "Select"))
    expect(page.get_by_role("dialog", name=re.compile("^Text of "))).to_be_visible()
    page.keyboard.press("Escape")


def test_a_hardware_key_puts_the_row_away_and_a_finger_brings_it(other: Other):
    page = other("landscape")
    view = new_console(page)
    touch(view)
    expect(row(page)).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(row(page)).to_have_count(0)
    touch(view)
    expect(row(page)).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(row(page)).to_have_count(0)
    x, y = place_of(view, "$")
    touch_drag(page, x, y, y + 200)  # to read, and perhaps to type then
    expect(row(page)).to_be_visible()
    page.set_viewport_size({"width": 1180, "height": 460})  # a keyboard of glass is up
    expect(page.locator("html")).to_have_attribute("data-keyboard", "up")
    page.keyboard.press("ArrowDown")
    expect(row(page)).to_be_visible()


def test_the_row_is_there_always_or_never_as_this_device_is_told(view: ConsoleView):
    page = view.page
    hold(key(page, "Show keyboard"))
    menu = page.get_by_role("toolbar", name="More of Show keyboard")
    expect(menu.get_by_role("button", name="Key row: Auto")).to_have_attribute(
        "aria-pressed", "true"
    )
    menu.get_by_role("button", name="Key row: Always").tap()
    page.keyboard.press("ArrowUp")
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(row(page)).to_be_visible()
    ide = Ide(page)
    for words in ("never", "while fingers are in use"):
        ide.button("Account and settings").tap()
        page.get_by_role("menuitemcheckbox", name=f"Key row: {words}").tap()
        touch(view)
        expect(row(page)).to_have_count(0 if words == "never" else 1)
    assert page.evaluate("localStorage.getItem('key-row')") == "auto"


def open_text(page: Page, name: str, text: str) -> Locator:
    ide = Ide(page)
    ide.wait_connected()
    ide.put(name, text)
    editor = ide.open(name)
    expect(editor).to_have_attribute("data-language", "python")
    editor.tap()
    expect(editor).to_be_focused()
    return editor


def press(page: Page, *names: str) -> None:
    """Tap keys of the editor's row, drawing it along to those out of sight."""
    for name in names:
        if not key(page, name).evaluate(IN_SIGHT):
            key(page, name).evaluate("button => button.scrollIntoView()")
        # These do something else where a finger stays on them.
        if re.search("more|steers", key(page, name).get_attribute("class") or ""):
            strike(key(page, name))
        else:
            key(page, name).tap()


IN_SIGHT = """button => {
  const {left, right} = button.getBoundingClientRect();
  const row = button.parentElement.getBoundingClientRect();
  return left >= row.left && right <= row.right;
}"""


def test_the_editor_has_keys_of_its_own(page: Page):
    editor = open_text(page, "keys.py", "")
    expect(key(page, "Indent")).to_be_visible()
    expect(key(page, "Esc")).to_have_count(0)
    are_large(page)
    soft = page.context.new_cdp_session(page)
    soft.send("Input.insertText", {"text": "print"})
    press(page, "Left parenthesis", "Quote")
    expect(editor).to_have_text('print("")')  # they close as if typed
    soft.send("Input.insertText", {"text": "hi"})
    press(page, "Quote", "Right parenthesis")
    expect(editor).to_have_text('print("hi")')
    press(page, "Indent")
    text = "lines => lines.innerText.trimEnd()"  # the click of a tap comes after it
    wait_until(lambda: editor.evaluate(text) == '    print("hi")', 20, "it is indented")
    press(page, "Outdent", "Left", "Left", "Underscore")
    expect(editor).to_have_text('print("hi_")')
    press(page, "Undo")
    expect(editor).to_have_text('print("hi")')
    press(page, "Redo")
    expect(editor).to_have_text('print("hi_")')
    expect(editor).to_be_focused()


@pytest.mark.parametrize("name", ["landscape", "phone"])
def test_the_search_is_where_a_thumb_reaches_it(other: Other, name: str):
    page = other(name)
    editor = open_text(page, "find.py", "find = me\n")
    press(page, "Find")
    expect(page.locator(".cm-search [name=search]")).to_be_focused()
    expect(row(page)).to_have_count(0)
    panel, text = box_of(page.locator(".cm-search")), box_of(editor)
    assert (panel["y"] >= text["y"] + 100) == (name == "phone")
    tops = "bar => ['search', 'select', 'replace', 'replaceAll'].map("
    tops += "name => bar.querySelector(`[name=${name}]`).getBoundingClientRect().top)"

    def in_two_rows() -> bool:
        find, how, put, put_all = page.locator(".cm-search").evaluate(tops)
        return put - max(find, how) > 20 and abs(put - put_all) < 20

    wait_until(in_two_rows, 20, "what goes in its place is in a row of its own")
    page.locator(".cm-search [name=close]").tap()
    expect(editor).to_be_focused()


def test_on_a_phone_that_lies_the_search_is_one_row_and_shows_what_is_typed(other: Other):
    page = other("phone")
    open_text(page, "low.py", "".join(f"line = {number}\n" for number in range(200)))
    for height in (390, 200):  # and its keyboard comes
        page.set_viewport_size({"width": 844, "height": height})
        expect(page.locator("#app")).to_have_css("height", f"{height}px")
    press(page, "Find")
    bar = page.locator(".cm-search")
    expect(bar.locator("[name=search]")).to_be_focused()
    page.keyboard.type("= 17")
    found = page.locator(".cm-searchMatch-selected")
    expect(found).to_be_in_viewport(ratio=1)
    page.keyboard.type("7")
    expect(page.locator(".cm-line", has=found)).to_have_text("line = 177")
    expect(found).to_be_in_viewport(ratio=1)
    lines = page.locator(".cm-scroller:visible")
    wait_until(lambda: box_of(bar)["height"] < 60, 20, "one row")
    wait_until(lambda: box_of(lines)["height"] >= 60, 20, "lines of the text")
    put = bar.locator("input[name=replace]")
    expect(put).to_be_hidden()
    page.set_viewport_size({"width": 844, "height": 390})
    expect(put).to_be_visible()


def test_a_finger_never_drags_text_away_and_a_mouse_may(page: Page):
    editor = open_text(page, "drag.py", "drag = me\n")
    drag = """(editor, pointerType) => {
      const line = editor.querySelector(".cm-line");
      line.dispatchEvent(new PointerEvent("pointerdown", {pointerType, bubbles: true}));
      const start = new DragEvent("dragstart", {bubbles: true, cancelable: true});
      Object.defineProperty(start, "dataTransfer", {value: new DataTransfer()});
      line.dispatchEvent(start);
      return start.defaultPrevented;
    }"""
    assert editor.evaluate(drag, "touch")
    assert not editor.evaluate(drag, "mouse")
