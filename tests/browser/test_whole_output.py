"""The whole output of a console, over its terminal: any length, any place, by fingers and keys."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, Route, expect

from tests import long_logs
from tests.browser.audit import beyond, nameless, small
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import new_console
from tests.server import Server
from tests.waiting import wait_until

MIB = 1024 * 1024
NUMBER = re.compile(r"\d{9}")
LATER = """async () => { const began = performance.now();
  while (performance.now() < began + 150) await new Promise(requestAnimationFrame); }"""
"""Longer than a finger's last movement counts for a glide."""
AT_REST = """async () => { const box = document.querySelector("[role=log]");
  for (let still = 0, last = -1; still < 20; last = box.scrollTop) {
    await new Promise(requestAnimationFrame);
    still = box.scrollTop === last ? still + 1 : 0;
  } }"""
"""A glide has come to its end: twenty frames show the same."""


class Output:
    """The view as a person reads it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.view = page.get_by_role("region", name="Output of ")
        self.box = self.view.get_by_role("log")
        self.place = self.view.get_by_role("status", name="Place")

    def numbers(self) -> list[int]:
        """The lines in sight."""
        texts = self.box.evaluate(
            """box => { const {top, bottom} = box.getBoundingClientRect();
              const seen = at => at.bottom > top + 1 && at.top < bottom - 1;
              const lines = [...box.querySelectorAll(".output-line")];
              return lines.filter(line => seen(line.getBoundingClientRect()))
                .map(line => line.textContent); }"""
        )
        return [int(found[0]) for text in texts if (found := NUMBER.match(text))]

    def wait_for(self, *numbers: int) -> list[int]:
        """Wait until one of these lines is in sight, among others that follow one another."""
        for number in numbers:
            expect(self.box).to_contain_text(f"{number:09d}")
        wait_until(lambda: set(numbers) & set(self.numbers()), 20, f"{numbers[0]} in sight")
        shown = self.numbers()
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        return shown

    def go_to(self, item: str) -> None:
        self.view.get_by_role("button", name="Go to").click()
        self.page.get_by_role("menu", name="Go to").get_by_role("menuitem", name=item).click()


def consoles(ide: Ide) -> list[dict]:
    return json.loads(ide.api("GET", "consoles")["text"])["consoles"]


def lay(page: Page, server: Server, total: int) -> int:
    """Have the console in front ended, with a log of so many bytes."""
    view = new_console(page)
    view.run("exit")
    expect(view.region.get_by_role("button", name="Start again")).to_be_visible()
    ended = next(one for one in consoles(Ide(page)) if one["title"] == view.title)
    address = page.url
    page.goto("about:blank")  # or it would have the keeper started again
    server.end_workspaces()
    (folder,) = server.data.glob(f"*/consoles/{ended['id']}")
    length = long_logs.lay(folder, total)
    page.goto(address)
    Ide(page).wait_connected()
    return length


def open_console(page: Page) -> None:
    """Have the newest console in front, also where a room is narrow."""
    Ide(page).wait_connected()
    parts = page.get_by_role("navigation", name="Parts of the page")
    if parts.is_visible():
        parts.get_by_role("button", name="Console").click()


def open_output(page: Page) -> Output:
    page.get_by_role("tablist", name="Consoles").get_by_role("tab").last.click(button="right")
    page.get_by_role("menu", name="Actions for").get_by_role(
        "menuitem", name="Earlier output"
    ).click()
    return Output(page)


@pytest.fixture(scope="module")
def long_log(server: Server, one_page) -> Iterator[tuple[Page, int]]:
    page = one_page("landscape")
    return page, lay(page, server, 100 * MIB)


@pytest.fixture
def output(long_log: tuple[Page, int]) -> Iterator[Output]:
    """The view at the end of it; closed afterwards."""
    page, length = long_log
    found = open_output(page)
    found.wait_for(length // long_logs.LINE_BYTES - 1)
    yield found
    page.keyboard.press("Escape")
    expect(found.view).to_have_count(0)


def test_a_log_of_100_mib_opens_at_its_end_and_shows_any_place(
    long_log: tuple[Page, int], output: Output
) -> None:
    page, length = long_log
    last = length // long_logs.LINE_BYTES - 1
    expect(output.place).to_contain_text("100 %")
    expect(output.view.get_by_role("button", name="To the end")).to_have_count(0)
    page.keyboard.press("Home")
    assert output.wait_for(0)[0] == 0
    expect(output.place).to_contain_text("byte 0")
    # The scroll bar, dragged to the middle.
    output.box.dispatch_event("pointerdown")
    output.box.evaluate("box => { box.scrollTop = box.scrollHeight / 2; }")
    expect(output.place).to_contain_text(re.compile(r"\((4[89]|5[012]) %\)"))
    page.evaluate(AT_REST)
    middle = wait_until(output.numbers, 20, "lines")[0]
    output.wait_for(middle)
    output.box.hover()
    for _ in range(20):
        page.mouse.wheel(0, 300)
    down = output.wait_for(middle + 292)
    assert down[0] > middle
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(output.box).to_be_focused()
    page.keyboard.press("End")
    output.wait_for(last)
    output.go_to("A byte")
    page.get_by_role("dialog", name="Go to a byte").get_by_role("textbox").fill("64,000,000")
    page.keyboard.press("Enter")
    output.wait_for(1_000_000)
    marked = output.box.locator(".marked")
    expect(marked).to_contain_text("001000000 passed")
    colour = marked.locator("span").evaluate("span => getComputedStyle(span).color")
    assert colour != output.box.evaluate("box => getComputedStyle(box).color")
    output.go_to("A time")
    field = page.get_by_role("dialog", name="Go to a time").locator("input")
    field.fill(time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(long_logs.START + 301)))
    page.keyboard.press("Enter")
    output.wait_for(5 * 131_072)
    expect(output.place).to_contain_text(re.compile(r"about .*\d\d:\d\d"))


def test_a_finger_scrolls_it_and_nothing_is_left_out(
    long_log: tuple[Page, int], server: Server, one_page
) -> None:
    page = one_page("phone")
    open_console(page)
    output = open_output(page)
    output.wait_for(long_log[1] // long_logs.LINE_BYTES - 1)
    box = box_of(output.box)
    assert box["height"] > 600  # a sheet
    page.evaluate(f"location.hash = 'console={consoles(Ide(page))[-1]['id']}&at=32000000'")
    output.wait_for(500_000)
    touch = page.context.new_cdp_session(page)

    def drag(distance: int, *, rests: bool) -> None:
        """Move a finger so far; one that does not rest at the end lets the lines glide on."""
        x, y = box["x"] + 100, box["y"] + box["height"] / 2 - distance / 2
        for step in range(11):
            kind = "touchStart" if step == 0 else "touchMove"
            at = {"x": x, "y": y + distance * step / 10}
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
            page.evaluate("new Promise(requestAnimationFrame)")
        if rests:
            page.evaluate(LATER)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    for distance in (-500, 500):
        ahead = 1 if distance < 0 else -1
        before = output.numbers()
        for _ in range(12):
            drag(distance, rests=True)
        after = output.wait_for(*output.numbers())
        away = (after[0] - before[0]) * ahead
        assert abs(away - 12 * 500 / 41.6) < 20  # two rows a line; it begins some pixels late
        drag(distance, rests=False)
        page.evaluate(AT_REST)
        on = (output.wait_for(*output.numbers())[0] - after[0]) * ahead
        assert on > 500 / 41.6 - 2, "where a glide ended is beyond where the finger was"
    page.keyboard.press("Escape")
    expect(output.view).to_have_count(0)


def test_a_link_leads_to_its_lines_and_is_used_up(
    long_log: tuple[Page, int], output: Output
) -> None:
    page, _ = long_log
    console = consoles(Ide(page))[-1]["id"]
    page.evaluate(f"location.hash = 'console={console}&at=6400003'")
    output.wait_for(100_000)
    expect(output.box.locator(".marked")).to_contain_text("000100000")
    expect(page).not_to_have_url(re.compile("#console"))
    address = page.url
    page.goto("about:blank")
    page.goto(f"{address}#console={console}&at=64")  # as a tap on a notice does
    output.wait_for(1)
    page.evaluate("location.hash = 'console=gone&at=64'")
    expect(Ide(page).notices).to_contain_text("was removed")


def test_a_search_finds_lines_of_all_of_it_and_leads_to_them(
    long_log: tuple[Page, int], output: Output
) -> None:
    page, _ = long_log
    page.keyboard.press("Control+f")
    field = output.view.get_by_role("textbox", name="Search the whole output")
    expect(field).to_be_focused()
    found = output.view.get_by_role("list", name="Lines found").get_by_role("button")
    page.keyboard.type("^0007[0-9]0042 pass")
    output.view.get_by_role("button", name="Regular expression").click()
    expect(output.view.get_by_role("status", name="Found")).to_have_text("10 lines")
    expect(found.first).to_contain_text("000790042 passed in a job")
    assert (nameless(page), small(page), beyond(page)) == ([], [], [])
    found.last.click()
    output.wait_for(700_042)
    expect(output.box.locator(".marked")).to_contain_text("000700042")
    field.fill("passed in (")
    field.press("Enter")
    expect(output.view.get_by_role("alert")).to_contain_text("missing )")
    output.view.get_by_role("button", name="Regular expression").click()
    field.fill("passed in a")
    field.press("Enter")
    expect(output.view.get_by_role("status", name="Found")).to_contain_text("newest 1000 lines")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(output.box).to_be_focused()


def test_of_much_output_a_download_is_offered_in_place_of_a_copy(
    long_log: tuple[Page, int], output: Output
) -> None:
    page, _ = long_log
    output.view.get_by_role("button", name="More actions for this output").click()
    page.get_by_role("menuitem", name="Copy all").click()
    expect(Ide(page).notices).to_contain_text("more than 1.0 MiB is not copied")
    expect(Ide(page).notices.get_by_role("button", name="Download")).to_be_visible()


def step_before_the_lines_come(output: Output, bar: Locator) -> None:
    """Go from a command to one that printed nothing, and back, before its lines are there."""
    page, held = output.page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    bar.get_by_role("button", name="Mark no command").click()
    page.keyboard.press("End")
    expect(output.view.get_by_text("Follows")).to_be_visible()
    page.route("**/log/part?*", hold)
    output.go_to("A command")
    page.get_by_role("textbox", name="Part of the command").fill("seq")
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("seq 1000 1200")
    page.keyboard.press("Control+Shift+ArrowUp")
    page.unroute("**/log/part?*")
    for one in held:
        with suppress(PlaywrightError):  # one that was given up
            one.continue_()
    expect(bar).to_contain_text("printed nothing")
    typed = "~ $ false ;"  # not the prompt after it
    expect(output.box.locator(".in-range")).to_have_text([typed])
    page.keyboard.press("Control+Shift+ArrowDown")
    expect(bar).to_contain_text("seq 1000 1200")


def its_menu_acts_in_sight(output: Output, bar: Locator) -> None:
    """Open the menu of the command that is marked, and go from there and back."""
    page, ide = output.page, Ide(output.page)
    ide.button("All commands").click()
    ide.dialog("Commands").get_by_role("combobox").fill("actions for the command")
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Actions for seq 1000 1200")
    over, beside = box_of(menu), box_of(bar)  # above it, for want of room below
    assert abs(over["y"] + over["height"] - beside["y"]) <= 12
    menu.get_by_role("menuitem", name="Command before").click()
    expect(bar).to_contain_text("printed nothing")
    bar.get_by_role("button", name="Next command").click()
    expect(bar).to_contain_text("seq 1000 1200")


def its_text_is_downloaded(output: Output, title: str) -> None:
    """Take what was typed and printed to the disk, without its colours."""
    output.view.get_by_role("button", name="More actions for this output").click()
    with output.page.expect_download() as download:
        output.page.get_by_role("menuitem", name="Download as text").click()
    assert download.value.suggested_filename == f"{title}.txt"
    numbers = "".join(f"{number}\n" for number in range(1000, 1201))
    text = download.value.path().read_text().partition("~ $ false ;\n")[2]
    assert text == (
        f"~ 1 $ seq 1000 1200\n{numbers}"
        "~ $ printf 'a\\n\\n\\e[31mb\\e[0m\\n'; false\na\n\nb\n"
        "~ 1 $ echo en''d; until [ -e over ]; do sleep 0.1; done\nend\n"
    )


def test_its_commands_lead_to_their_lines_which_are_copied(server: Server, one_page) -> None:
    page = one_page("desktop")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view = new_console(page)
    # What is typed while another command runs is echoed into its output.
    for line, shown in (
        ("false ;", re.compile(r"~ 1 \$")),
        ("seq 1000 1200", re.compile(r"1200\s*~ \$")),
        ("printf 'a\\n\\n\\e[31mb\\e[0m\\n'; false", re.compile(r"b\s*~ 1 \$")),
        ("echo en''d; until [ -e over ]; do sleep 0.1; done", "end"),
    ):
        view.run(line)
        view.expect(shown)
    output = open_output(page)
    expect(output.box).to_contain_text("end")
    ranged = output.box.locator(".in-range")
    bar = output.view.get_by_role("group", name="Command in sight")
    output.go_to("A command")
    page.get_by_role("textbox", name="Part of the command").fill("seq")
    page.keyboard.press("Enter")  # before they are listed
    expect(bar).to_contain_text("seq 1000 1200")
    expect(ranged).to_have_count(201)
    expect(ranged.first).to_have_text("1000")
    expect(ranged.last).to_have_text("1200")
    step_before_the_lines_come(output, bar)
    page.keyboard.press("Control+Shift+ArrowDown")
    expect(bar).to_contain_text("failed (1)")
    expect(ranged).to_have_text(["a", "", "b"])
    bar.get_by_role("button", name="Copy output").click()
    clipboard = "navigator.clipboard.readText()"
    wait_until(lambda: page.evaluate(clipboard) == "a\n\nb\n", 20, "the copy of its output")
    bar.get_by_role("button", name="Command before").click()
    expect(bar).to_contain_text("seq 1000 1200")
    its_menu_acts_in_sight(output, bar)

    def selection_copied() -> str:
        output.box.evaluate(
            """box => { const rows = [...box.querySelectorAll(".in-range")];
              if (rows.length !== 201) return; // the lines are just being made
              getSelection().setBaseAndExtent(rows[1].firstChild, 2, rows[3].firstChild, 2); }"""
        )
        page.keyboard.press("Control+c")
        return page.evaluate(clipboard)

    wait_until(lambda: selection_copied() == "01\n1002\n10", 20, "the copy of a selection")
    its_text_is_downloaded(output, view.title)
    output.view.get_by_role("button", name="More actions for this output").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download as asciicast").click()
    header, *lines = map(json.loads, download.value.path().read_text().splitlines())
    info = next(one for one in consoles(Ide(page)) if one["title"] == view.title)
    sizes = [
        f"{header['width']}x{header['height']}",
        *(line[2] for line in lines if line[1] == "r"),
    ]
    assert (header["version"], sizes[-1]) == (2, f"{info['cols']}x{info['rows']}")
    text = "".join(line[2] for line in lines if line[1] == "o")
    assert text == Ide(page).api("GET", f"consoles/{info['id']}/log")["text"]
    output.go_to("A command")
    page.get_by_role("list", name="Commands").get_by_role("button", name="until").click()
    expect(bar).to_contain_text("running")
    Ide(page).put("over", "")
    expect(bar).to_contain_text("finished")
    expect(ranged).to_have_text(["end"])
    bar.get_by_role("button", name="Mark no command").click()
    expect(ranged).to_have_count(0)


def test_lines_that_the_terminal_holds_are_shown_there(server: Server, one_page) -> None:
    page = one_page("desktop")
    view = new_console(page)
    view.run("seq 1000 1300; echo en''d")
    view.expect("end")
    console = next(one for one in consoles(Ide(page)) if one["title"] == view.title)
    log = Ide(page).api("GET", f"consoles/{console['id']}/log")["text"]
    at = log.index("\n1044\r") + 1
    page.evaluate(f"location.hash = 'console={console['id']}&at={at}'")
    view.expect("1044")
    expect(Output(page).view).to_have_count(0)


def test_an_output_that_grows_is_followed_at_its_end_alone(one_page, server: Server) -> None:
    page = one_page("desktop")
    view = new_console(page)
    view.run(
        "i=0; while read -t 0.1 x; [ $? != 0 ] || [ $x != q ]; do i=$((i+1)); echo tick $i; done"
    )
    view.expect("tick 5")
    output = open_output(page)
    expect(output.box).to_contain_text("tick 20")
    expect(output.view).to_contain_text("Follows")
    texts = "box => [...box.querySelectorAll('.output-line')].map(line => line.textContent)"
    ticks = [line for line in output.box.evaluate(texts) if re.fullmatch(r"tick \d+", line)]
    assert ticks == [f"tick {number + 1}" for number in range(len(ticks))]
    page.keyboard.press("Home")
    expect(output.view.get_by_role("button", name="To the end")).to_be_visible()
    output.view.get_by_role("button", name="Back to the console").click()
    expect(view.input).to_be_focused()
    page.keyboard.press("Control+c")
