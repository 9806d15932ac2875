"""The page in real Firefox: type, copy, save, reload, come back after a cut, find."""

import re

from tests.firefox.bidi import CONTROL, ENTER, ESCAPE, SECONDS, SHIFT
from tests.firefox.conftest import Page
from tests.relay import Relay
from tests.waiting import wait_until

# A shell keeps an interrupt to itself that comes between its fork and a program's start.
SLEEP = "sh -c 'printf \"it-%s \" runs; exec sleep 100'"
EDITOR = "[role=textbox][aria-label='Editor: smoke.txt']"


def test_what_shift_and_alt_graph_type_arrives(page: Page) -> None:
    page.click(".console-pane .xterm-screen")
    page.firefox.type("clear; echo ")
    page.type_with_alt_graph("{", "Digit7", 55)  # where German keyboards have them
    page.firefox.type("A..C")
    page.type_with_alt_graph("}", "Digit0", 48)
    page.type_with_alt_graph("@", "KeyQ", 81)
    page.firefox.type('"Z" ')
    page.type_with_alt_graph("|", "IntlBackslash", 60)
    page.firefox.type(" rev")
    page.firefox.press(ENTER)
    page.wait_for("^Z@C Z@B Z@A$")


def test_what_is_selected_is_copied_and_pasted(page: Page) -> None:
    page.enter("clear; echo copy-$((6*7))-this")
    page.wait_for("^copy-42-this$")
    row = next(box for text, box in page.rows() if text.startswith("copy-42-this"))
    middle = row["y"] + row["height"] / 2
    page.firefox.drag((row["x"] + 1, middle), (row["x"] + 60, middle), (row["right"] - 5, middle))
    page.firefox.press(CONTROL, SHIFT, "C")
    page.firefox.type("echo got-")
    page.firefox.press(CONTROL, SHIFT, "V")
    page.wait_for(r"\$ echo got-copy-42-this")
    page.firefox.press(ENTER)
    page.wait_for("^got-copy-42-this$")


def test_control_c_ends_a_program(page: Page) -> None:
    page.enter(f"clear; {SLEEP}")
    page.wait_for("it-runs")
    page.firefox.press(CONTROL, "c")
    page.enter("echo status-$?")
    page.wait_for("^status-130$")


def test_a_saved_file_is_there_and_all_of_it_after_a_reload(page: Page) -> None:
    page.command("save while typing")  # which it is by itself, unless one says so
    page.click("button[aria-label='New file']")
    page.click("dialog input")
    page.firefox.type("smoke.txt")
    page.firefox.press(ENTER)
    page.click(EDITOR)
    page.firefox.type('Saved: {"by": 1} #key')
    page.wait_until_said("not saved")
    page.firefox.press(CONTROL, "s")
    page.wait_until_said("saved")
    page.enter("clear; rev <smoke.txt; echo")
    page.wait_for('^yek# }1 :"yb"{ :devaS$')
    page.firefox.reload()
    page.wait_for('^yek# }1 :"yb"{ :devaS$')
    wait_until(lambda: page.words(EDITOR) == 'Saved: {"by": 1} #key', SECONDS, "the text")


def test_a_cut_link_is_resumed_without_a_lost_or_doubled_number(page: Page, relay: Relay) -> None:
    page.enter("clear; for i in {1..40}; do printf n$i.; sleep 0.1; done; echo ov''er")
    page.wait_for(r"n9\.")
    made = relay.count
    relay.cut()
    page.firefox.type("echo typed-$((2+3))")  # before the link is back
    page.firefox.press(ENTER)
    page.wait_for("^typed-5$")
    assert relay.count > made, "it came by another connection"
    joined = page.screen().replace("\n", "")  # where a row ends one goes on in the next
    assert re.findall(r"n(\d+)\.", joined) == [str(number) for number in range(1, 41)]


def test_a_command_has_a_mark_with_a_menu(page: Page) -> None:
    page.enter("(exit 3)")
    page.wait_for(r"^~ 3 \$")  # nothing moves the mark any more
    page.click(".card-mark[aria-label^='(exit 3): failed (3) after'] span")
    menu = "dialog [role=menu]"
    wait_until(lambda: "Failed (3) after" in page.words(menu), SECONDS, "what is said of it")
    page.firefox.press(ESCAPE)
    wait_until(lambda: not page.words(menu), SECONDS, "it is closed")


def test_the_palette_opens_the_whole_output_and_its_search_finds(page: Page) -> None:
    page.enter("clear; seq -f 'line %g of many' 7000")
    page.wait_for("line 7000 of many")
    page.command("earlier output")
    log = "[role=log][aria-label^='Lines of']"
    wait_until(lambda: "line 7000 of many" in page.words(log), SECONDS, "its end")
    page.firefox.press(CONTROL, "f")
    page.click("[aria-label='Search the whole output'] input")
    page.firefox.type("line 77 of")
    page.firefox.press(ENTER)
    page.click("[aria-label='Lines found'] li *")
    wait_until(lambda: "line 77 of many" in page.words(log), SECONDS, "the line")
