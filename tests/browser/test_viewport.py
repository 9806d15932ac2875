"""Where a keyboard shrinks the visual viewport alone, as on tablets, the page ends above it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    cut_socket,
    new_console,
    record_sockets,
    remove_consoles,
)
from tests.server import Server
from tests.waiting import wait_until

SHRINK = """([height, said]) => {
  Object.defineProperty(visualViewport, 'height', {get: () => height, configurable: true});
  if (said) visualViewport.dispatchEvent(new Event('resize'));
}"""
"""Make the visual viewport so high, and say so, or not: some releases say so before it is true."""


INTO_A_FIELD = "document.body.appendChild(document.createElement('textarea')).focus()"
FRAMES = "async () => { for (let n = 5; n; n -= 1) await new Promise(requestAnimationFrame); }"


@pytest.fixture
def page(device: Device, server: Server) -> Page:
    page = sign_in(device("landscape"), server)
    record_sockets(page)
    page.reload()
    return page


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def height_of(page: Page) -> float:
    """The height of the app box in CSS pixels."""
    return box_of(page.locator("#app"))["height"]


def edges_of(part: Locator) -> dict[str, float]:
    """In CSS pixels of the page."""
    return part.evaluate("part => part.getBoundingClientRect().toJSON()")


def bottom_of(view: ConsoleView, text: str) -> float:
    """Where the row with this text ends, in CSS pixels of the page."""
    box = box_of(view.rows.locator("> div", has_text=text))
    return box["y"] + box["height"]


def test_the_prompt_stays_above_a_keyboard_and_the_room_comes_back(view: ConsoleView):
    page = view.page
    view.run("clear; seq 100; echo end-of-''it")
    view.expect("end-of-it")
    view.input.focus()
    page.evaluate(SHRINK, [460, True])
    wait_until(lambda: height_of(page) == 460, 20, "the box is smaller")
    expect(page.locator("html")).to_have_attribute("data-keyboard", "up")

    wait_until(lambda: bottom_of(view, "end-of-it") <= 460, 20, "the last line")
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    page.evaluate(SHRINK, [820, True])
    wait_until(lambda: height_of(page) == 820, 20, "the box is as it was")
    expect(page.locator("html")).not_to_have_attribute("data-keyboard", "up")

    insets = {"top": 24, "right": 12, "bottom": 20, "left": 12}
    page.context.new_cdp_session(page).send(
        "Emulation.setSafeAreaInsetsOverride", {"insets": insets}
    )
    menu, connection = page.locator(".top-lead button"), page.locator(".statusbar .connection")
    wait_until(lambda: edges_of(menu)["top"] >= 24, 20, "below the clock")
    assert edges_of(menu)["left"] >= 12
    assert edges_of(page.locator(".top-actions"))["right"] <= 1180 - 12
    assert edges_of(connection)["bottom"] <= 820 - 20
    view.input.focus()
    page.evaluate(SHRINK, [460, True])
    lowest = page.get_by_role("toolbar", name="Extra keys").get_by_role("button", name="Esc")
    lowest.wait_for()
    wait_until(lambda: 450 <= edges_of(lowest)["bottom"] <= 460, 20, "close to the keyboard")
    page.evaluate(SHRINK, [820, True])
    wait_until(lambda: height_of(page) == 820, 20, "there is something to tap on")
    page.touchscreen.tap(600, 600)
    wait_until(lambda: 790 <= edges_of(lowest)["bottom"] <= 800, 20, "above the system's own line")


def test_what_is_true_only_later_and_what_is_not_ours(view: ConsoleView):
    page = view.page
    page.evaluate("document.activeElement.blur()")
    page.evaluate(SHRINK, [460, True])  # the keyboard of the app beside this one
    page.evaluate(FRAMES)
    assert height_of(page) == 820
    page.evaluate(SHRINK, [820, True])
    view.input.focus()
    page.evaluate(SHRINK, [460, False])  # nobody says so
    wait_until(lambda: height_of(page) == 460, 20, "it was read again")
    page.evaluate(SHRINK, [820, False])
    page.evaluate("document.activeElement.blur()")
    wait_until(lambda: height_of(page) == 820, 20, "and again")


def test_a_question_stands_above_the_keyboard_too(page: Page):
    page.locator(".files-header").get_by_role("button", name="New file").tap()
    question = page.get_by_role("dialog", name="New file")
    expect(question.get_by_role("textbox")).to_be_focused()
    page.evaluate(SHRINK, [400, True])
    wait_until(lambda: edges_of(question)["bottom"] <= 400, 20, "in sight")
    assert edges_of(question)["top"] >= 0
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(SHRINK, [420, True])
    wait_until(lambda: edges_of(question)["bottom"] == 420, 20, "a sheet on the keyboard")


def test_a_window_that_is_panned_zoomed_or_made_lower_has_no_keyboard(page: Page):
    page.evaluate(
        """() => {
          document.body.style.height = "3000px";
          scrollTo(0, 200); // to bring a caret into sight, say browsers
          visualViewport.dispatchEvent(new Event('scroll'));
        }"""
    )
    wait_until(lambda: page.evaluate("scrollY") == 0, 20, "it is where it was")
    page.evaluate(INTO_A_FIELD)
    page.evaluate("Object.defineProperty(visualViewport, 'scale', {get: () => 2})")
    page.evaluate(SHRINK, [410, True])
    page.evaluate(FRAMES)
    assert height_of(page) == 820

    # Made lower by hand, beside other windows, with a keyboard of its own.
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'platform', {get: () => 'MacIntel'})"
    )
    page.reload()
    page.get_by_role("status", name="Connection").get_by_text("connected").wait_for()
    console = page.get_by_role("region", name=re.compile("^Console ")).locator(".xterm-rows")
    console.or_(page.get_by_text("No console is shown here")).first.wait_for()
    page.evaluate(INTO_A_FIELD)
    page.set_viewport_size({"width": 1180, "height": 600})
    wait_until(lambda: height_of(page) == 600, 20, "the box is smaller")
    up = page.locator("html[data-keyboard=up]")
    expect(up).to_have_count(0)
    page.set_viewport_size({"width": 1180, "height": 460})
    wait_until(lambda: height_of(page) == 460, 20, "too low for two things")
    page.evaluate(FRAMES)
    expect(up).to_have_count(0)
    files = page.locator(".files-room")
    expect(files).to_have_count(0)
    expect(page.locator("body > textarea")).to_be_focused()
    page.evaluate(SHRINK, [300, True])
    expect(up).to_have_count(1)
    page.evaluate(SHRINK, [460, True])
    page.get_by_role("button", name="Show files").tap()
    expect(files).to_be_visible()
    page.locator(".scrim").tap(position={"x": 1000, "y": 200})
    expect(files).to_have_count(0)
    page.set_viewport_size({"width": 1180, "height": 820})
    page.evaluate(SHRINK, [820, True])
    expect(files).to_be_visible()


def test_without_the_network_too_the_line_that_is_typed_in_stays_above_the_keyboard(
    view: ConsoleView,
):
    """The grid changes only when the keeper says so, which it cannot."""
    page = view.page
    page.get_by_role("button", name="Maximise this console pane").tap()
    wait_until(lambda: view.rows.locator("> div").count() > 30, 20, "the grid of the whole room")
    view.run("clear; seq 100; echo end-of-''it")
    view.expect("end-of-it")
    view.input.focus()
    page.context.set_offline(True)
    cut_socket(page)
    page.evaluate(SHRINK, [460, True])
    wait_until(lambda: height_of(page) == 460, 20, "the box is smaller")
    wait_until(lambda: bottom_of(view, "end-of-it") <= 460, 20, "the last line")
    assert view.rows.locator("> div").count() > 30
    page.context.set_offline(False)


def test_one_module_reads_the_viewport_and_one_raw_touches():
    """What browsers say of both changes from release to release. Diagnostics shows it as it is."""
    sources = Path(__file__).parents[2] / "frontend" / "src"
    paths = [path for path in sources.rglob("*.ts*") if path.parent.name != "diagnostics"]
    code = {str(path.relative_to(sources)): path.read_text() for path in paths}
    assert {path for path, text in code.items() if "isualViewport" in text.split("*/", 1)[-1]} == {
        "console/viewport.ts"
    }
    raw = {path for path, text in code.items() if "touchstart" in text or "ontouch" in text}
    assert raw == {"console/raw_touches.ts"}


def test_a_turn_with_the_keyboard_up_leaves_the_console_in_sight_and_in_focus(view: ConsoleView):
    """Where a keyboard shrinks the whole window, at a width that was never seen without one."""
    page = view.page
    up, files = page.locator("html[data-keyboard=up]"), page.locator(".files-room")
    expect(files).to_be_visible()
    view.input.focus()
    for width, height in ((1180, 460), (820, 700), (1180, 460)):
        page.set_viewport_size({"width": width, "height": height})
        wait_until(lambda high=height: height_of(page) == high, 20, "the box has its size")
        page.evaluate(FRAMES)
        expect(up).to_have_count(1)
        expect(files).to_have_count(0)
        expect(view.input).to_be_focused()
    page.set_viewport_size({"width": 1180, "height": 820})
    expect(up).to_have_count(0)
    expect(files).to_be_visible()


CARET = "() => document.querySelector('.cm-cursor-primary')?.getBoundingClientRect().bottom ?? -1"


def test_the_caret_of_a_file_stays_above_a_keyboard_too(device: Device, server: Server):
    page = sign_in(device("phone"), server)
    ide = Ide(page)
    ide.put("long.py", "".join(f"line_{number} = {number}\n" for number in range(200)))
    ide.open("long.py")
    box = box_of(page.locator(".cm-scroller"))
    page.touchscreen.tap(box["x"] + 200, box["y"] + box["height"] - 30)
    keys = page.get_by_role("toolbar", name="Extra keys")
    expect(keys).to_be_visible()
    wait_until(lambda: page.evaluate(CARET) > 484, 20, "a caret where a keyboard will be")
    page.evaluate(SHRINK, [484, True])
    wait_until(lambda: height_of(page) == 484, 20, "the box is smaller")
    above = lambda: 0 < page.evaluate(CARET) <= edges_of(keys)["top"]  # noqa: E731
    wait_until(above, 20, "the caret is in sight")
