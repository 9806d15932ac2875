"""Marks beside the rows of a console: how each command ended, and what can be done with it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, is_making_a_console, new_console, paste
from tests.browser.test_bells import top
from tests.browser.test_whole_output import consoles
from tests.server import Server
from tests.waiting import wait_until

ROWS = """region => {
  const rows = [...region.querySelectorAll(".xterm-rows > *")];
  return [...region.querySelectorAll(".card-mark")].map((mark) => {
    const {top, height} = mark.getBoundingClientRect(), middle = top + height / 2;
    const row = rows.find((one) => {
      const box = one.getBoundingClientRect();
      return box.top <= middle && middle < box.bottom;
    });
    return [mark.ariaLabel, row?.textContent.replaceAll("\\u00a0", " ").trimEnd() ?? ""];
  }); }"""
"""The words of each mark, and the row that it stands beside."""


class Marks:
    """The marks of the console in front."""

    def __init__(self, view: ConsoleView) -> None:
        self.view = view
        self.all = view.region.locator(".card-mark")
        self.bar = view.region.get_by_role("group", name="Commands of this console")

    def of(self, command: str) -> Locator:
        return self.view.region.get_by_role("button", name=re.compile(f"^{re.escape(command)}: "))

    def wait_for(self, *said: str) -> None:
        """Wait until marks say this, each beside the row of its command."""

        def stand() -> bool:
            found = {re.sub(" (after|for) [^ ]*$", "", words): row for words, row in self.rows()}
            return all(found.get(each, "").endswith(each.rpartition(": ")[0]) for each in said)

        try:
            wait_until(stand, 20, f"marks that say {said}")
        except AssertionError:
            lines = self.view.region.locator(".xterm-rows").inner_text().split("\n")
            raise AssertionError(f"{said} not in {self.rows()}: {lines}") from None

    def rows(self) -> list[list[str]]:
        return self.view.region.evaluate(ROWS)

    def tap(self, command: str) -> Locator:
        """Tap beside the text, a little off the mark, as fingers do; answer the menu."""
        box = box_of(self.of(command))
        self.view.page.touchscreen.tap(box["x"] + 6, box["y"] + box["height"] / 2 + 5)
        return self.view.page.get_by_role("menu", name=f"Actions for {command}")


def is_below(lower: Locator, upper: Locator) -> bool:
    below, above = box_of(lower), box_of(upper)
    return below["y"] >= above["y"] + above["height"] - 1


@pytest.fixture(scope="module")
def desktop(one_page) -> ConsoleView:
    return new_console(one_page("desktop"))


@pytest.fixture(scope="module")
def touched(one_page) -> Page:
    page = one_page("landscape")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


@pytest.fixture
def finger(touched: Page) -> Iterator[ConsoleView]:
    yield new_console(touched)
    touched.keyboard.press("Escape")


def test_each_command_has_a_mark_beside_its_row(desktop: ConsoleView) -> None:
    marks = Marks(desktop)
    desktop.run("true")
    marks.wait_for("true: finished")
    desktop.run("false")
    marks.wait_for("true: finished", "false: failed (1)")
    desktop.run("sleep 300")
    marks.wait_for("sleep 300: running")
    expect(marks.of("sleep 300")).to_have_text("●")
    expect(desktop.region.locator(".card-clock").last).to_have_text(re.compile(r"^\d+\s(s|min.*)$"))
    desktop.page.keyboard.press("Control+c")
    marks.wait_for("sleep 300: interrupted")
    expect(marks.of("sleep 300")).to_have_text("\u00d7")
    expect(desktop.region.locator(".card-clock").last).to_be_hidden()
    assert len(marks.rows()) == 3


def test_a_program_that_prints_marks_makes_none(desktop: ConsoleView) -> None:
    forge = r"printf '\e]133;%s;ide=%032d-9;t=1\e\\' A 0 B 0 C 0 'D;0' 0; echo forged"
    desktop.run(f"clear; {forge}")
    desktop.expect("forged")
    desktop.run("echo aft''er")
    desktop.expect(re.compile("after"))
    marks = Marks(desktop)
    marks.wait_for("echo aft''er: finished")
    assert [row for _, row in marks.rows()][-1].endswith("echo aft''er")
    expect(marks.all).to_have_count(1)  # clearing took what stood above, and forged marks are none


def resize(view: ConsoleView, width: int) -> None:
    """Make the window so wide, and wait until the console has another width too."""

    def cols() -> int:
        return next(one["cols"] for one in consoles(Ide(view.page)) if one["title"] == view.title)

    before = cols()
    view.page.set_viewport_size({"width": width, "height": 800})
    wait_until(lambda: cols() != before, 20, "the width there")


def test_marks_follow_their_rows_and_are_there_again_after_a_reload(desktop: ConsoleView) -> None:
    marks, page = Marks(desktop), desktop.page
    desktop.run("clear; true")
    desktop.run("seq 4")
    desktop.run(f"echo {'long-' * 30}")
    desktop.run("false")
    marks.wait_for("seq 4: finished", "false: failed (1)")
    # less may lose a key that comes with the signal that tells of another width.
    resize(desktop, 900)
    marks.wait_for("seq 4: finished", "false: failed (1)")
    desktop.run("less /etc/passwd")
    desktop.expect("root:")
    expect(marks.all).to_have_count(0)
    page.keyboard.press("q")
    marks.wait_for("seq 4: finished", "less /etc/passwd: finished")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.reload()
    Ide(page).wait_connected()
    again = Marks(ConsoleView(page, desktop.title))
    again.wait_for("seq 4: finished", "false: failed (1)", "less /etc/passwd: finished")
    again.view.run(r"printf '\ec'")
    again.view.run("echo aft''er")
    again.wait_for("echo aft''er: finished")
    expect(again.all).to_have_count(1)  # nothing stands there any more but this


def test_marks_are_right_where_a_console_is_shown_wider_than_it_was(desktop: ConsoleView) -> None:
    marks, page = Marks(desktop), desktop.page
    resize(desktop, 390)
    desktop.run("clear")
    for _ in range(3):
        desktop.run("true")
    desktop.expect(re.compile(r"(true.*){3}\$"))
    paste(desktop, f"echo {'pasted ' * 8}")  # the shell goes up a row, and draws the line again
    page.keyboard.press("Enter")
    desktop.run("false")
    marks.wait_for("false: failed (1)")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.reload()
    Ide(page).wait_connected()
    again = Marks(ConsoleView(page, desktop.title))
    again.wait_for("false: failed (1)")

    def stand_right() -> bool:
        found = [row.endswith(words.partition(": ")[0]) for words, row in again.rows()]
        return len(found) == 5 and all(found)

    wait_until(stand_right, 20, "all five beside their rows")


def test_keys_go_from_command_to_command(desktop: ConsoleView) -> None:
    marks, page = Marks(desktop), desktop.page
    desktop.run("clear")
    desktop.run("seq -f 'old %g' 90")
    desktop.run("false")
    marks.wait_for("false: failed (1)")
    desktop.input.focus()
    page.keyboard.press("Control+Shift+ArrowUp")
    status = marks.bar.get_by_role("status")
    expect(status).to_contain_text("false")
    page.keyboard.press("Control+Shift+ArrowUp")
    expect(status).to_contain_text("seq -f 'old %g' 90")
    expect(status).to_contain_text("finished after")
    desktop.expect("old 1")
    page.keyboard.press("Control+Shift+ArrowDown")
    page.keyboard.press("Control+Shift+ArrowDown")
    expect(marks.bar).to_have_count(0)
    desktop.expect("old 90")
    for button in ("Back to the prompt", "Next command"):
        page.keyboard.press("Control+Shift+ArrowUp")
        marks.bar.get_by_role("button", name=button).press("Enter")
        expect(marks.bar).to_have_count(0)
        expect(desktop.input).to_be_focused()


def test_a_clock_in_the_bar_stops_when_the_tab_is_closed(desktop: ConsoleView) -> None:
    page = desktop.page
    other = new_console(page)
    title, bar = other.title, Marks(other).bar
    other.run("sleep 300")
    Marks(other).wait_for("sleep 300: running")
    page.keyboard.press("Control+Shift+ArrowUp")
    expect(bar).to_contain_text("running for")
    place = page.evaluate_handle("document.querySelector('.card-bar').parentElement")
    Ide(page).console_tab(title).click(button="right")
    page.get_by_role("menuitem", name="Close tab and keep running").click()
    wait_until(lambda: not place.evaluate("it => it.isConnected || it.innerHTML"), 20, "no clock")


def test_a_run_has_a_mark_where_its_output_begins(desktop: ConsoleView) -> None:
    ide, page = Ide(desktop.page), desktop.page
    ide.put("job.sh", "echo one; exit 4\n")
    ide.open("job.sh")
    ide.button("Run").click()
    run = ConsoleView(page, "job.sh")
    mark = Marks(run).of("job.sh")
    expect(mark).to_have_text("\u00d7")
    expect(run.region.locator(".console-ended")).to_be_visible()  # it takes room
    wait_until(lambda: [row for _, row in Marks(run).rows()] == ["one"], 20, "it beside its row")
    box = box_of(mark)
    page.mouse.click(box["x"] + 3, box["y"] + 12)  # where it is seen, below the divider
    menu = page.get_by_role("menu", name="Actions for job.sh")
    expect(menu).to_contain_text("Failed (4) after")
    menu.get_by_role("menuitem", name="Run again").click()
    expect(Marks(run).of("job.sh")).to_have_count(2)


def test_a_tap_beside_a_command_offers_what_can_be_done_with_it(finger: ConsoleView) -> None:
    page, marks = finger.page, Marks(finger)
    finger.run("seq -f 'number %g' 3; (exit 7)")
    command = "seq -f 'number %g' 3; (exit 7)"
    marks.wait_for(f"{command}: failed (7)")
    finger.run("clear")
    finger.run("sleep 300")
    marks.wait_for("sleep 300: running")
    menu = marks.tap("sleep 300")
    expect(menu).to_contain_text("Running for")
    menu.get_by_role("menuitem", name="Run again").click()
    expect(Ide(page).notices).to_contain_text("is busy. Wait until it is at its prompt")
    finger.input.press("Control+c")
    marks.wait_for("sleep 300: interrupted")
    finger.run(command)
    marks.wait_for(f"{command}: failed (7)")
    menu = marks.tap(command)
    expect(menu).to_contain_text("Failed (7) after")
    assert page.evaluate("document.activeElement.closest('[role=menu]') !== null")
    menu.get_by_role("menuitem", name="Copy output").click()
    expect(Ide(page).notices).to_contain_text("Copied: 27 characters.")
    assert page.evaluate("navigator.clipboard.readText()") == "number 1\nnumber 2\nnumber 3\n"
    marks.tap(command).get_by_role("menuitem", name="Copy command").click()
    wait_until(
        lambda: page.evaluate("navigator.clipboard.readText()") == command, 20, "the command there"
    )
    expect(page.locator(".notice", has_text="Copied")).to_have_text("Copied: 30 characters.")
    marks.tap(command).get_by_role("menuitem", name="Run again").click()
    wait_until(lambda: finger.text().count("number 3") == 2, 20, "its output again")


def test_what_is_too_much_for_the_clipboard_is_shown_whole(finger: ConsoleView) -> None:
    page, marks = finger.page, Marks(finger)
    finger.run("seq 200000")
    finger.expect(re.compile(r"199999\s*200000\s*~\s*\$"), 60)
    finger.region.get_by_role("button", name="More actions for console").or_(
        page.get_by_role("button", name=f"More actions for console {finger.title}")
    ).first.click()
    page.get_by_role("menuitem", name="Go to the last command").click()
    expect(marks.bar).to_contain_text("seq 200000")
    expect(marks.bar).to_contain_text("finished")
    expect(marks.bar).to_contain_text("not among the lines held here")
    wait_until(lambda: is_below(finger.rows, marks.bar), 20, "the first row below the bar")
    marks.bar.get_by_role("button", name="Back to the prompt").tap()
    terminal = finger.region.locator(".console-terminal")
    expect(terminal).not_to_have_attribute("style", re.compile("translate: 0"))
    finger.input.press("Control+Shift+ArrowUp")
    expect(marks.bar).to_contain_text("seq 200000")
    marks.bar.get_by_role("button", name="Actions for this command").click()
    page.get_by_role("menuitem", name="Copy output").click()
    expect(Ide(page).notices).to_contain_text(
        re.compile(r"What this command printed is 1\.\d\sMiB: more than 1\.0\sMiB is not copied")
    )
    expect(Ide(page).notices.get_by_role("button", name="Download")).to_be_visible()
    marks.bar.get_by_role("button", name="Actions for this command").click()
    page.get_by_role("menuitem", name="Show in whole output").click()
    output = page.get_by_role("region", name="Output of ")
    expect(output.get_by_role("group", name="Command in sight")).to_contain_text("seq 200000")
    expect(output.locator(".in-range").first).to_have_text("1")


def test_on_a_phone_a_command_has_a_clock_and_statements_of_python_have_marks(
    device: Device, server: Server
) -> None:
    page = sign_in(device("phone"), server)
    bash = new_console(page)
    bash.run("sleep 300; echo on-a-phone-wide")
    expect(bash.region.locator(".card-clock")).to_have_text(re.compile(r"^\d+\ss$"))
    expect(bash.region.locator(".card-clock")).to_be_visible()
    Ide(page).choose(
        page.get_by_role("button", name=f"More actions for console {bash.title}"),
        "Go to the last command",
    )
    expect(Marks(bash).bar).to_contain_text("sleep 300")
    wait_until(lambda: is_below(bash.rows, Marks(bash).bar), 20, "the first row below the bar")
    Marks(bash).bar.get_by_role("button", name="Back to the prompt").tap()
    expect(bash.region.locator(".console-terminal")).not_to_have_attribute(
        "style", re.compile("translate: 0")
    )
    bar_and_notice_leave_each_other_free(bash)
    with page.expect_response(is_making_a_console) as made:
        Ide(page).button("New Python console").first.click()
    python = ConsoleView(page, made.value.json()["title"])
    python.expect(re.compile(r"In \[1\]"), 60)
    python.run("6 * 7")
    python.expect(re.compile(r"In \[2\]"))
    python.run("int('seven')")
    marks = Marks(python)
    python.expect(re.compile(r"In \[3\]"))
    marks.wait_for("6 * 7: finished", "int('seven'): ValueError")
    expect(marks.tap("int('seven')")).to_contain_text("ValueError after")


def bar_and_notice_leave_each_other_free(full: ConsoleView) -> None:
    """On a phone a notice lies at the top of a full terminal, where the bar of a command comes."""
    page, bar = full.page, Marks(full).bar
    full.input.press("Control+c")
    full.expect(re.compile(r"\^C.*\$\s*$"))
    full.run("seq 100; sleep 300")
    full.expect("9899100")

    def go_to_the_last() -> None:
        more = page.get_by_role("button", name=f"More actions for console {full.title}")
        Ide(page).choose(more, "Go to the last command")
        expect(bar).to_contain_text("seq 100")

    go_to_the_last()
    bar.get_by_role("button", name="Actions for this command").click()
    page.get_by_role("menuitem", name="Run again").click()
    notice = page.locator(".notice", has_text="is busy")  # it stays
    row = full.rows.locator(":scope > *", has_text="seq 100; sleep 300").first
    wait_until(lambda: is_below(notice, row), 20, "the notice below what was gone to")
    bar.get_by_role("button", name="Back to the prompt").tap()
    prompt = full.rows.locator(":scope > *").last
    wait_until(lambda: top(prompt) - top(notice) > 300, 20, "the notice at the top")
    go_to_the_last()
    wait_until(lambda: is_below(notice, row) and is_below(row, bar), 20, "nothing covered")
    notice.get_by_role("button", name="Dismiss").tap()
    bar.get_by_role("button", name="Back to the prompt").tap()


def test_the_menu_of_a_running_command_sets_a_bell_on_it(finger: ConsoleView) -> None:
    marks, page, command = Marks(finger), finger.page, "read -s answer; (exit 3)"
    finger.run(command)
    marks.wait_for(f"{command}: running")
    notices = page.get_by_role("status", name="Notices")
    tab = Ide(page).console_tab(finger.title)
    for was, told in (("false", "will"), ("true", "will not"), ("false", "will")):
        tell = marks.tap(command).get_by_role("menuitemcheckbox", name="Tell me when it finishes")
        expect(tell).to_have_attribute("aria-checked", was)
        tell.click()
        expect(notices).to_contain_text(f"You {told} be told when {command} finishes.")
        bell = ", a bell is set" if told == "will" else ""  # the next menu reads it from there
        expect(tab).to_have_accessible_name(f"{finger.title}{bell}")
    finger.run("")
    expect(notices).to_contain_text(re.compile(r"\(exit 3\)” in .* failed with status 3 after "))
    marks.wait_for(f"{command}: failed (3)")
    menu = marks.tap(command)
    menu.get_by_role("menuitem", name="Compare with the last run").click()
    expect(notices).to_contain_text("No earlier run of this command in ~ is known.")
    menu = marks.tap(command)
    expect(menu.get_by_role("menuitem", name="Copy output")).to_be_visible()
    expect(menu.get_by_text("Tell me when it finishes")).to_have_count(0)
