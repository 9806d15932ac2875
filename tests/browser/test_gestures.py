"""What fingers do besides tap and drag: throw, pinch (a text too), open links, turn a wheel."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    Fingers,
    bytes_that_arrive,
    new_console,
    place_of,
    remove_consoles,
    touch_drag,
)
from tests.server import Server
from tests.waiting import wait_until

FRAMES = """async count => {
  for (; count > 0; count -= 1) await new Promise(requestAnimationFrame);
}"""

OPENED = """async times => {
  for (let frames = 90; frames > 0 && opened.length < times; frames -= 1)
    await new Promise(requestAnimationFrame);
  return opened.length === times;
}"""


@pytest.fixture
def page(device: Device, server: Server) -> Page:
    return sign_in(device("landscape"), server)


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def test_a_finger_lifted_while_it_moves_throws_unless_motion_is_reduced(view: ConsoleView):
    page = view.page
    view.run("clear; seq -f 'line %g' 400")
    view.expect("line 400")
    page.emulate_media(reduced_motion="reduce")
    lifted = throw(view)
    page.evaluate(FRAMES, 20)
    assert top_line(view) == lifted
    page.emulate_media(reduced_motion="no-preference")
    lifted = throw(view)
    wait_until(lambda: top_line(view) != lifted, 20, "it glides")
    page.evaluate("document.activeElement.blur()")
    throw(view, tap=True)
    page.evaluate(FRAMES, 2)  # how far it had come is painted a frame later
    stopped = top_line(view)
    page.evaluate(FRAMES, 20)
    assert top_line(view) == stopped
    expect(view.input).not_to_be_focused()  # the tap was there to stop it
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()


def top_line(view: ConsoleView) -> str:
    return view.text().split("\n")[0]


def throw(view: ConsoleView, *, tap: bool = False) -> str:
    """Move a finger down and lift it while it moves; returns the line that is at the top then.

    With `tap` it taps while that glides.
    """
    text = view.rows.evaluate(
        """async (rows, tap) => {
             const root = rows.closest('.console-terminal');
             const {left, top} = root.getBoundingClientRect();
             const at = {clientX: left + 50, pointerId: 7, pointerType: 'touch', bubbles: true};
             const touch = (name, moved) => root.dispatchEvent(
               new PointerEvent(name, {...at, clientY: top + 50 + moved}));
             touch('pointerdown', 0);
             for (let moved = 0; moved <= 120; moved += 30) touch('pointermove', moved);
             touch('pointerup', 120);
             for (let n = 3; n; n -= 1) await new Promise(requestAnimationFrame);
             if (tap) for (const name of ['pointerdown', 'pointerup']) touch(name, 0);
             return rows.firstChild.textContent;
           }""",
        tap,
    )
    return str(text).replace("\xa0", " ").rstrip()


def test_two_fingers_change_the_letters_unless_they_are_locked(view: ConsoleView):
    page = view.page
    assert letters(view) == 16
    spread(view.rows, 60, 220)
    wait_until(lambda: letters(view) == 28, 20, "as large as they get")
    page.reload()
    view.wait_for_prompt()
    assert letters(view) == 28
    choose_letters(view, 28)
    expect(page.get_by_role("menuitem", name="Larger")).to_be_disabled()
    page.get_by_role("menuitem", name="Smaller").tap()
    expect(page.get_by_text("27 px, in every terminal of this device")).to_be_visible()
    page.get_by_role("menuitem", name="As usual").tap()
    wait_until(lambda: letters(view) == 16, 20, "the usual size")
    fingers = spread(view.rows, 60, 220, lifted=False)
    wait_until(lambda: letters(view) == 28, 20, "as large as they get")
    stored = "Object.values(localStorage).includes('28')"
    assert not page.evaluate(stored)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the app is left
    assert page.evaluate(stored)
    fingers.lift()
    choose_letters(view, 28)
    page.get_by_role("menuitem", name="As usual").tap()
    wait_until(lambda: letters(view) == 16, 20, "the usual size")
    choose_letters(view, 16)
    page.get_by_role("menuitemcheckbox", name="Two fingers change the size").tap()
    spread(view.rows, 60, 220)
    page.evaluate(FRAMES, 5)
    assert letters(view) == 16
    in_the_editor_they_change_its_own(view)


def in_the_editor_they_change_its_own(view: ConsoleView) -> None:
    """Two fingers are locked when this begins."""
    page, ide = view.page, Ide(view.page)
    ide.put("letters.txt", "a line\n" * 200)
    lines = ide.open("letters.txt")
    scroller = page.locator(".cm-scroller")
    spread(scroller, 60, 220)
    page.evaluate(FRAMES, 5)
    assert size_of(lines) == 16
    page.get_by_role("button", name="More for this editor pane").tap()
    page.get_by_role("menuitem", name="Letters: 16 px…").tap()
    page.get_by_role("menuitemcheckbox", name="Two fingers change the size").tap()
    spread(scroller, 220, 150)
    wait_until(lambda: size_of(lines) == 11.5, 20, "smaller by so much")
    touch_drag(page, *middle_of(scroller), to_y=0)
    wait_until(lambda: scroller.evaluate("lines => lines.scrollTop") > 50, 20, "one finger scrolls")
    assert page.evaluate("visualViewport.scale") == 1
    page.reload()
    view.wait_for_prompt()
    wait_until(lambda: size_of(lines) == 11.5, 20, "it is remembered")
    assert letters(view) == 16


def size_of(lines: Locator) -> float:
    """The size of a text's letters in CSS pixels."""
    return float(lines.evaluate("lines => Number.parseFloat(getComputedStyle(lines).fontSize)"))


def middle_of(part: Locator) -> tuple[float, float]:
    box = box_of(part)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def choose_letters(view: ConsoleView, now: int) -> None:
    view.page.get_by_role("button", name=f"More actions for console {view.title}").tap()
    view.page.get_by_role("menuitem", name=f"Letters: {now} px…").tap()


def letters(view: ConsoleView) -> float:
    """The size of the letters in CSS pixels."""
    return size_of(view.rows)


def spread(on: Locator, apart: float, then: float, *, lifted: bool = True) -> Fingers:
    """Two fingers on a part of the page, so far apart, and then so far."""
    x, y = middle_of(on)
    fingers = Fingers(on.page)
    fingers.at((x - apart / 2, y))
    fingers.at((x - apart / 2, y), (x + apart / 2, y))
    for step in range(1, 11):
        half = (apart + (then - apart) * step / 10) / 2
        fingers.at((x - half, y), (x + half, y))
    if lifted:
        fingers.lift()
    return fingers


def test_a_tap_opens_a_link_once_and_brings_no_keyboard(view: ConsoleView):
    page = view.page
    page.context.route("http://example.test/**", lambda route: route.fulfill(body="there"))
    view.run(r"clear; printf '\e]8;;http://example.test/a\e\\http://%s\e]8;;\e\\\n' example.test/a")
    view.run("echo http://example''.test/b")
    view.expect("example.test/b")
    page.evaluate("document.activeElement.blur()")
    page.evaluate(
        """() => {
             window.opened = [];
             const open = window.open.bind(window);
             window.open = (url, ...rest) => open(opened[opened.push(url) - 1], ...rest);
           }"""
    )

    def tapped(address: str, times: int) -> bool:
        page.touchscreen.tap(*place_of(view, address))
        return bool(page.evaluate(OPENED, times))  # the click of a tap comes after it

    with page.context.expect_page() as there:
        assert tapped("http://example.test/a", 1)
    there.value.close()
    expect(view.input).not_to_be_focused()
    # Links in plain text are found a moment after the page's start.
    wait_until(lambda: tapped("http://example.test/b", 2), 20, "the link in text")
    page.evaluate(FRAMES, 5)
    assert page.evaluate("opened") == ["http://example.test/a", "http://example.test/b"]


def test_a_drag_in_a_program_with_a_mouse_sends_wheel_reports(view: ConsoleView):
    view.run(r"printf '\e[?1000h\e[?1006h'")
    bytes_that_arrive(view)
    box = box_of(view.rows)
    touch_drag(view.page, box["x"] + 100, box["y"] + 20, box["y"] + box["height"] - 10)
    view.expect("<1b><5b><3c><36><34><3b>")  # wheel up
    view.page.keyboard.type("q")
    view.run(r"printf '\e[?1000l\e[?1006l'; echo re''set")
    view.expect("reset")
