"""What a program printed last is read after it has ended, on any device."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, devices, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, new_console, saved
from tests.server import Server
from tests.waiting import wait_until


def row(view: ConsoleView, text: str) -> Locator:
    return view.rows.locator("> div").filter(has_text=re.compile(rf"^{text}\s*$")).last


def in_sight(view: ConsoleView, text: str) -> bool:
    """Whether the whole row lies between the tabs and what is said below the terminal."""
    if row(view, text).count() == 0:
        return False
    line, room = row(view, text).bounding_box(), view.region.bounding_box()
    note = view.region.locator(".console-ended").bounding_box()
    if line is None or room is None or note is None:
        return False
    return room["y"] <= line["y"] and line["y"] + line["height"] <= note["y"]


def stands_in_its_pane(view: ConsoleView) -> bool:
    """Whether no line is wider than the terminal's room."""
    fits = "pane => pane.scrollWidth <= pane.clientWidth"
    return bool(view.region.locator(".console-terminal").evaluate(fits))


def ended(view: ConsoleView, command: str) -> ConsoleView:
    """Run `command` and leave the shell with status 3."""
    view.run(f"clear; {command}; exec sh -c 'exit 3'")
    expect(view.region.locator(".console-ended")).to_contain_text("exit 3")
    return view


@pytest.mark.parametrize("name", ["landscape", "phone"])
def test_the_last_lines_are_in_sight_and_the_first_can_be_scrolled_to(
    server: Server, device: Device, name: str
) -> None:
    view = ended(new_console(sign_in(device(name), server)), "seq -f 'line %g' 1 60")
    wait_until(lambda: in_sight(view, "line 60"), 20, "the last line above what says the end")
    view.page.reload()
    view = ConsoleView(view.page, (view.region.get_attribute("aria-label") or "")[8:])
    wait_until(lambda: in_sight(view, "line 60"), 20, "and after a reload")
    view.region.locator(".xterm-screen").hover()

    def up() -> bool:
        view.page.mouse.wheel(0, -1000)
        return in_sight(view, "line 1")

    wait_until(up, 20, "scrolled up")


def test_little_output_stays_at_the_top(server: Server, device: Device) -> None:
    view = ended(new_console(sign_in(device("landscape"), server)), "echo only this")
    wait_until(lambda: in_sight(view, "only this"), 20, "the first line")
    remove_with_a_question(view)


def remove_with_a_question(view: ConsoleView) -> None:
    """Its output is gone for good, so it is asked first."""
    page = view.page
    for answer in ("Escape", "Enter"):
        page.get_by_role("button", name=f"More actions for console {view.title}").click()
        page.get_by_role("menuitem", name="Remove with its output").click()
        asked = page.get_by_role("dialog", name=f"Remove {view.title}?")
        expect(asked.get_by_role("button", name="Remove")).to_be_focused()
        page.keyboard.press(answer)
        expect(asked).to_have_count(0)
        expect(view.region).to_have_count(1 if answer == "Escape" else 0)


def font_px(page: Page) -> float:
    rows = page.locator(".xterm-rows:visible").first
    return float(rows.evaluate("rows => parseFloat(getComputedStyle(rows).fontSize)"))


def test_what_ended_on_a_phone_is_not_small_on_a_desk(server: Server, device: Device) -> None:
    phone = ended(new_console(sign_in(device("phone"), server)), "seq -f 'line %g' 1 25")
    title = (phone.region.get_attribute("aria-label") or "")[8:]
    saved(phone.page)
    page = sign_in(device("desktop"), server)
    Ide(page).console_tab(title).click()
    desk = ConsoleView(page, title)
    wait_until(lambda: in_sight(desk, "line 25"), 20, "the last line")
    wait_until(lambda: font_px(page) == 15, 30, "letters as large as here")
    page.get_by_role("button", name="Start again").click()
    expect(desk.rows).to_contain_text("started again")
    expect(desk.rows).to_have_text(re.compile(r"\$\s*$"))
    desk.run("stty size")
    desk.expect(re.compile(r"1[0-9] 1[0-9][0-9]"))


def test_what_ended_on_a_desk_can_be_read_on_a_phone(server: Server, device: Device) -> None:
    words = " ".join(f"word{number}" for number in range(30))
    desk = ended(new_console(sign_in(device("desktop"), server)), f"echo {words}; echo last")
    saved(desk.page)
    page = sign_in(device("phone"), server)
    parts = page.get_by_role("navigation", name="Parts of the page")
    parts.get_by_role("button", name="Console").tap()
    Ide(page).console_tab(desk.title).tap()
    phone = ConsoleView(page, desk.title)
    wait_until(lambda: in_sight(phone, "last"), 20, "the last line")
    wait_until(lambda: font_px(page) <= 13, 20, "small letters")
    fit_here = phone.region.get_by_role(
        "button", name=re.compile(r"^\d+.\d+, made small. Fit here$")
    )
    for again in (False, True):
        fit_here.tap()
        expect(fit_here).to_have_count(0)
        wait_until(lambda: in_sight(phone, "last"), 20, "the last line")
        wait_until(lambda: font_px(page) >= 15, 20, "letters of the usual size")
        wait_until(lambda: words in phone.text().replace("\n", ""), 20, "all words, drawn anew")
        wait_until(lambda: stands_in_its_pane(phone), 20, "nothing is out of sight at the side")
        if not again:
            page.reload()
    page.get_by_role("button", name="Start again").tap()
    expect(phone.rows).to_contain_text("started again")
    phone.run("stty size")
    phone.expect(re.compile(r"size\d+ [34]\d~"))


def cover_each_other(one: Locator, other: Locator) -> bool:
    a, b = box_of(one), box_of(other)
    return all(
        a[at] < b[at] + b[size] and b[at] < a[at] + a[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize("name", devices("desktop", "phone"))
def test_what_is_said_leaves_start_again_free(server: Server, device: Device, name: str) -> None:
    view = ended(new_console(sign_in(device(name), server)), "echo only this")
    page = view.page
    page.route("**/restart", lambda route: route.abort())
    start = page.get_by_role("button", name="Start again")
    start.click()
    notice = Ide(page).notices.locator(".notice")
    expect(notice).to_have_count(1)
    said = view.region.locator(".console-ended")
    wait_until(lambda: not cover_each_other(notice, said), 10, "a notice beside what is said")
    page.unroute("**/restart")
    start.click()
    expect(view.rows).to_contain_text("started again")
    expect(notice).to_have_count(1)
