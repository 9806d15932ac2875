"""Panes: divided by button and menu, moved by drag and key, kept for each width and each device."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[..., Ide]


@pytest.fixture
def someone(server: Server, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A person whose layout no other test has touched."""
    name = request.node.name.replace("_", "-")[5:35].strip("-")
    server.add_user(name, "a long enough password")
    return name, "a long enough password"


@pytest.fixture
def ide(server: Server, device: Device, someone: tuple[str, str]) -> Open:
    def opened(name: str = "desktop") -> Ide:
        found = Ide(sign_in(device(name), server, someone))
        found.wait_connected()
        expect(found.page.get_by_role("tablist", name="Consoles").first).to_be_attached()
        return found

    return opened


def panes(ide: Ide) -> Locator:
    return ide.page.locator(".pane")


def between(ide: Ide) -> Locator:
    return ide.page.get_by_role("separator", name="Divider between panes")


def stored(ide: Ide, kind: str) -> dict:
    return json.loads(ide.api("GET", f"layout/{kind}")["text"])


def test_arrows_pass_what_a_menu_cannot_do_now(ide: Open) -> None:
    page = ide()
    page.new_file("alone.txt")
    page.button("More for this editor pane").click()
    menu = page.page.get_by_role("menu", name="Editor pane")
    expect(menu.get_by_role("menuitem", name="Close the others")).to_be_disabled()
    items = menu.locator("[role=menuitem]:enabled")
    for item in [*items.all(), items.first]:
        expect(item).to_be_focused()
        page.page.keyboard.press("ArrowDown")


def test_at_most_four_panes(ide: Open) -> None:
    page = ide()
    expect(page.console("Bash")).to_be_visible()
    expect(panes(page)).to_have_count(2)
    page.button("Split this console pane").click()
    expect(panes(page)).to_have_count(3)
    page.button("Split this editor pane").click()
    expect(panes(page)).to_have_count(4)
    for button in page.page.get_by_role("button", name="Split this").all():
        expect(button).to_be_disabled()
    page.button("More for this editor pane").first.click()
    page.page.get_by_role("menuitem", name="Close this pane").click()
    expect(panes(page)).to_have_count(3)


DOUBLE_TAP = """divider => {
  divider.setPointerCapture = () => {}; // this finger is made up
  for (const name of ["pointerdown", "pointerup", "pointerdown", "pointerup"])
    divider.dispatchEvent(new PointerEvent(name, {pointerType: "touch", bubbles: true}));
}"""
"""As fast as no finger, so that a busy machine is no reason."""


def test_a_divider_by_drag_keys_and_double_tap(ide: Open) -> None:
    page = ide()
    divider = between(page)
    box = box_of(divider)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x, y - 150, steps=5)
    page.page.mouse.up()
    wait_until(lambda: int(divider.get_attribute("aria-valuenow") or 0) < 45, 30, "dragged up")
    divider.focus()
    page.page.keyboard.press("End")
    expect(divider).to_have_attribute("aria-valuenow", "90")
    page.page.keyboard.press("ArrowUp")
    expect(divider).to_have_attribute("aria-valuenow", "85")
    page.page.keyboard.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "10")
    divider.evaluate(DOUBLE_TAP)
    expect(divider).to_have_attribute("aria-valuenow", "50")
    page.page.keyboard.press("Enter")
    expect(divider).to_have_attribute("aria-valuenow", "10")
    assert divider.get_attribute("aria-orientation") == "horizontal"
    expect(page.page.locator(f"#{divider.get_attribute('aria-controls')}")).to_be_visible()
    page.page.keyboard.press("Enter")
    expect(divider).to_have_attribute("aria-valuenow", "50")


def test_a_finger_moves_a_divider_and_hits_44_pixels(ide: Open) -> None:
    page = ide("landscape")
    divider = between(page)
    expect(divider).to_be_visible()
    box = box_of(divider)
    assert box["height"] >= 44
    session = page.page.context.new_cdp_session(page.page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    points = [("touchStart", y), ("touchMove", y - 60), ("touchMove", y - 160), ("touchEnd", None)]
    for kind, at in points:
        touches = [] if at is None else [{"x": x, "y": at}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    wait_until(lambda: int(divider.get_attribute("aria-valuenow") or 0) < 45, 30, "dragged up")


def test_maximise_turn_swap_and_equal_sizes(ide: Open) -> None:
    page = ide()
    page.button("Maximise this console pane").click()
    expect(page.button("Try an example")).to_be_hidden()
    page.button("Restore the panes").click()
    expect(page.button("Try an example")).to_be_visible()
    editor, console = page.page.locator(".pane.editor"), page.page.locator(".pane.console")

    def menu(item: str) -> None:
        page.button("More for this console pane").click()
        page.page.get_by_role("menuitem", name=item).click()

    menu("Put side by side")
    wait_until(lambda: box_of(console)["x"] > box_of(editor)["x"], 30, "beside")
    menu("Swap with its neighbour")
    wait_until(lambda: box_of(console)["x"] < box_of(editor)["x"], 30, "swapped")
    menu("Equal sizes")
    expect(between(page)).to_have_attribute("aria-valuenow", "50")


def test_what_is_open_follows_the_person_and_each_width_keeps_its_own(ide: Open) -> None:
    laptop = ide()
    laptop.new_file("first.py")
    laptop.new_file("second.py")
    laptop.button("Split this editor pane").click()
    expect(panes(laptop)).to_have_count(3)
    wait_until(lambda: len(stored(laptop, "open").get("files", [])) == 2, 30, "stored")
    wait_until(lambda: '"row"' in json.dumps(stored(laptop, "wide")), 30, "stored")
    tablet = ide("portrait")
    expect(tablet.file_tab("first.py")).to_be_visible()
    expect(tablet.editor("second.py")).to_be_visible()
    expect(panes(tablet)).to_have_count(2)
    expect(tablet.console("Bash")).to_be_visible()
    tablet.button("Close first.py").click()
    expect(laptop.page.get_by_role("tab", name="first.py")).to_be_visible()  # never rearranged
    wait_until(lambda: stored(tablet, "open")["files"] == ["second.py"], 30, "stored")
    laptop.page.reload()
    expect(panes(laptop)).to_have_count(2)  # the emptied half went with its file
    expect(laptop.editor("second.py")).to_be_visible()
    expect(laptop.page.get_by_role("tab", name="first.py")).to_be_hidden()


def edges_of(part: Locator) -> tuple[float, ...]:
    """Left, right and bottom in CSS pixels of the page."""
    box = box_of(part)
    return box["x"], box["x"] + box["width"], box["y"] + box["height"]


def test_a_reload_and_a_turned_device_show_the_same(ide: Open) -> None:
    tablet = ide("landscape")
    tablet.new_file("turn.py")
    tablet.page.set_viewport_size({"width": 820, "height": 1180})
    expect(tablet.editor("turn.py")).to_be_visible()
    expect(tablet.console("Bash")).to_be_visible()
    menu = tablet.page.get_by_role("menu", name="Editor pane")
    tablet.button("More for this editor pane").click()
    expect(menu.get_by_role("menuitem", name="Split one above the other")).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Split side by side")).to_have_count(0)  # too narrow
    tablet.page.keyboard.press("Escape")
    tablet.page.set_viewport_size({"width": 390, "height": 844})
    expect(tablet.editor("turn.py")).to_be_visible()
    tablet.button("More for this editor pane").click()
    sheet = tablet.page.locator("dialog:has([role=menu])")
    wait_until(lambda: edges_of(sheet) == (0, 390, 844), 30, "a sheet at the lower edge")
    tablet.page.keyboard.press("Escape")
    expect(tablet.console("Bash")).to_be_hidden()
    tablet.page.set_viewport_size({"width": 1180, "height": 820})
    expect(tablet.console("Bash")).to_be_visible()
    unsaved = "Object.keys(sessionStorage).filter(key => key.startsWith('layout:'))"
    wait_until(lambda: tablet.page.evaluate(unsaved) == [], 30, "all is saved")
    kept = [stored(tablet, kind) for kind in ("open", "wide")]
    puts: list[dict] = []
    tablet.page.on("request", lambda r: puts.append(r.post_data_json) if is_layout(r) else None)
    tablet.page.reload()
    expect(tablet.editor("turn.py")).to_be_visible()
    expect(tablet.console("Bash")).to_contain_text("$")
    assert [put for put in puts if put in kept] == []  # what is open is told at once, if at all


def is_layout(request: Request) -> bool:
    return request.method == "PUT" and "/layout/" in request.url


def test_low_room_shows_one_pane_and_the_way_to_the_others(ide: Open) -> None:
    page = ide("landscape")
    page.page.set_viewport_size({"width": 1180, "height": 460})
    parts = page.page.get_by_role("navigation", name="Parts of the page")
    parts.get_by_role("button", name="Console").click()
    expect(page.console("Bash")).to_be_visible()
    expect(page.button("Try an example")).to_be_hidden()
    expect(page.button("Run")).to_be_visible()
    parts.get_by_role("button", name="Editor").click()
    expect(page.button("Try an example")).to_be_visible()


def test_keys_of_the_page_and_of_the_shell(ide: Open) -> None:
    page = ide()
    page.new_file("keys.py")
    press = page.page.keyboard.press
    press("Control+b")
    expect(page.tree).to_be_hidden()
    press("Control+b")
    expect(page.tree).to_be_visible()
    press("Control+Backquote")
    terminal = page.console("Bash").get_by_role("textbox")
    expect(terminal).to_be_focused()
    page.page.keyboard.type("echo one two")
    press("Control+b")  # readline's: back one letter
    press("Control+w")  # readline's: rub out the word before the cursor
    expect(page.tree).to_be_visible()
    expect(page.console("Bash")).to_contain_text("echo one o")
    press("Control+Backquote")
    expect(page.console("Bash")).to_be_hidden()
    expect(page.editor("keys.py")).to_be_focused()
    press("Control+j")
    expect(terminal).to_be_focused()

    def is_asked_whether_to_leave(*, held: bool) -> bool:
        if held:
            page.page.keyboard.down("Control")  # of Ctrl W a page hears no more
        else:
            page.page.keyboard.up("Control")
        return page.page.evaluate(
            "!dispatchEvent(new Event('beforeunload', {cancelable: true}))",
        )

    wait_until(lambda: is_asked_whether_to_leave(held=True), 30, "it is asked")
    assert not is_asked_whether_to_leave(held=False)
    press("F6")
    expect(terminal).not_to_be_focused()
    assert not is_asked_whether_to_leave(held=True)


def test_the_newer_of_two_keys_decides_where_the_focus_is(ide: Open) -> None:
    page = ide()
    page.new_file("focus.py")
    expect(page.editor("focus.py")).to_be_focused()
    terminal = page.console("Bash").get_by_role("textbox")
    # Both within one frame, as fast fingers or a slow tablet make it; then what was due is done.
    page.page.evaluate(
        """async () => {
             const task = () => new Promise((done) => setTimeout(done));
             const frame = () => new Promise((done) => requestAnimationFrame(done));
             const press = (init) => document.activeElement.dispatchEvent(
               new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}));
             press({key: 'j', code: 'KeyJ', ctrlKey: true});
             await task();
             press({key: 'F6', code: 'F6'});
             for (let count = 0; count < 20; count += 1) await frame().then(task);
           }"""
    )
    expect(terminal).not_to_be_focused()
