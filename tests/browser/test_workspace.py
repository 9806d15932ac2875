"""What the page shows of the workspace: usage against limits, processes, and how to end them."""

import json
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.browser.test_accessibility import check
from tests.server import Server

LIMIT_MIB = 256
NEAR_MIB = 192
"""What a program holds to bring the workspace above 80 %: shell and agent take some 20 more."""
HOLD = "python3 -c 'kept = b\"x\" * ({} << 20); input()'"


@pytest.fixture(scope="module")
def small(server: Server) -> Server:
    """Give this module's person a plan that a test can fill."""
    typed(server, "add", "small")
    typed(server, "set", "small", f"memory={LIMIT_MIB}MiB", "consoles=6")
    typed(server, "give", server.who[0], "small")
    return server


def typed(server: Server, *words: str) -> None:
    done = server.run("plan", *words)
    assert done.returncode == 0, done.stderr


Opened = Callable[[str], tuple[Ide, ConsoleView]]


@pytest.fixture
def opened(small: Server, device: Device) -> Iterator[Opened]:
    """Open a page with a new console; afterwards there is none any more."""
    pages: list[Ide] = []

    def on(name: str) -> tuple[Ide, ConsoleView]:
        ide = Ide(sign_in(device(name), small))
        pages.append(ide)
        return ide, new_console(ide.page)

    yield on
    for ide in pages:
        assert ide.troubles == []
        remove_consoles(ide.page)


def usage(ide: Ide) -> Locator:
    """The button that shows what is used, wherever it is at this size."""
    return ide.page.get_by_role("button", name=re.compile("^Workspace: Memory"))


def panel(ide: Ide) -> Locator:
    usage(ide).click()
    shown = ide.dialog("Workspace")
    expect(shown.get_by_role("table").first).to_contain_text(f"of {LIMIT_MIB} MiB")
    return shown


def row(shown: Locator, command: str) -> Locator:
    return shown.get_by_role("region", name="Processes").get_by_role("row").filter(has_text=command)


@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_programs_are_listed_and_ended_also_those_that_left(opened: Opened, name: str) -> None:
    ide, console = opened(name)
    last = "sleep 3333" if name == "phone" else "sleep 4444"
    console.run(f"setsid sleep 1111 & sleep 2222 & {last} &")
    console.expect(last)
    shown = panel(ide)
    expect(row(shown, "sleep 1111")).to_contain_text(f"detached from {console.title}")
    expect(row(shown, "sleep 2222")).to_contain_text(console.title)
    check(ide, "panel")
    stop = shown.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_in_viewport(ratio=1)  # however long the list is
    for command, how in (("sleep 1111", "Kill"), ("sleep 2222", "End")):
        button = row(shown, command).get_by_role("button", name=re.compile(f"^{how} sleep"))
        assert box_of(button)["height"] >= (44 if name == "phone" else 24)
        button.click()
        expect(row(shown, command)).to_have_count(0)
    expect(row(shown, last)).to_be_visible()
    # The shell's own end is that of its console: asked about first.
    its = row(shown, "bash").filter(
        has=ide.page.get_by_role("cell", name=console.title, exact=True)
    )
    leader = its.get_by_role("button", name=re.compile("^Kill bash,"))
    leader.focus()
    ide.page.keyboard.press("Enter")
    asked = ide.dialog(f"Kill {console.title}?")
    expect(asked).to_contain_text("Its output and your files stay.")
    ide.page.keyboard.press("Enter")  # the first button leaves it alone
    expect(asked).to_have_count(0)
    expect(row(shown, last)).to_be_visible()
    leader.click()
    asked.get_by_role("button", name="Kill it").click()
    expect(row(shown, last)).to_contain_text("detached")
    row(shown, last).get_by_role("button", name=re.compile("^Kill sleep")).click()
    expect(row(shown, last)).to_have_count(0)
    ide.page.keyboard.press("Escape")
    expect(console.region).to_contain_text(re.compile(r"Ended \d\d:\d\d"))


def test_a_limit_that_comes_near_is_said_once_and_the_line_is_live(opened: Opened) -> None:
    ide, console = opened("desktop")
    expect(usage(ide)).to_contain_text(f"of {LIMIT_MIB} MiB")
    assert not usage(ide).get_by_text("!").is_visible()
    console.run(HOLD.format(NEAR_MIB))
    near = ide.notices.get_by_text(re.compile(r"^Memory is at 2\d\d of 256.MiB\. "))
    expect(near).to_have_count(1)
    expect(usage(ide).get_by_text("!")).to_be_visible()
    ide.notices.get_by_role("button", name="Show").click()
    expect(ide.dialog("Workspace")).to_contain_text(re.compile(r"! Memory is at 2\d\d of"))
    ide.page.keyboard.press("Escape")
    console.run("")
    expect(usage(ide).get_by_text("!")).to_have_count(0)
    console.run("exit")


@pytest.mark.groups
@pytest.mark.long
def test_who_is_over_the_processor_share_is_slowed_and_told_so(
    small: Server, opened: Opened, *, full: bool
) -> None:
    ide, console = opened("phone")
    typed(small, "set", "small", "cpu_percent=10")
    try:
        console.run("timeout 60 sh -c 'while :; do :; done'")
        line = ide.page.get_by_role("contentinfo")
        expect(line).to_contain_text("! CPU slowed", timeout=60_000)
        shown = panel(ide)
        expect(shown).to_contain_text(re.compile(r"slowed down .* Nothing is ended for it\."))
        row(shown, "sh -c while").get_by_role("button", name=re.compile("^Kill sh")).click()
        ide.page.keyboard.press("Escape")
        if full:
            expect(line).not_to_contain_text("slowed", timeout=60_000)
    finally:
        typed(small, "set", "small", "cpu_percent=none")


@pytest.mark.long
def test_once_there_is_room_a_full_disk_is_no_longer_said_and_text_saved(
    small: Server, opened: Opened
) -> None:
    typed(small, "set", "small", "disk=60MiB")
    try:
        ide, console = opened("desktop")
        ide.new_file("waits.txt")
        console.run("head -c 90M /dev/zero >big")
        full_disk = ide.notices.get_by_text(re.compile("^The disk is full"))
        expect(full_disk).to_be_visible(timeout=60_000)
        ide.write("waits.txt", "until there is space")
        again = ide.button("Try again")
        again.wait_for()
        for _ in range(4):  # the next try by itself is 80 seconds away then
            with ide.page.expect_response(
                lambda answer: answer.status == HTTPStatus.INSUFFICIENT_STORAGE
            ):
                again.click()
        console.run("rm big")
        expect(full_disk).to_have_count(0, timeout=60_000)
        expect(ide.file_status).to_have_text("saved", timeout=10_000)
    finally:
        typed(small, "set", "small", "disk=default")


@pytest.mark.groups
def test_what_the_memory_limit_ended_says_so_with_numbers(opened: Opened) -> None:
    ide, console = opened("phone")
    console.run(f"{HOLD.format(600)}; echo go''es on")
    console.expect("goes on", 60)
    said = console.region.get_by_text(re.compile(r"was ended by the memory limit, 2\d\d of 256"))
    expect(said).to_be_visible(timeout=60_000)
    console.region.get_by_role("button", name="Understood").click()
    expect(said).to_have_count(0)
    ide.page.reload()
    ide.wait_connected()
    console.expect("goes on")
    expect(said).to_have_count(0)
    console.run(f"exec {HOLD.format(600)}")
    ended = re.compile(r"Ended \d\d:\d\d, after .*, by the memory limit: \d+ of 256 MiB")
    expect(console.region).to_contain_text(ended, timeout=60_000)


def test_all_is_freed_restarted_and_stopped_after_a_question(opened: Opened) -> None:
    ide, console = opened("landscape")
    console.run("sleep 3333 & sleep 4444")
    shown = panel(ide)
    expect(row(shown, "sleep 4444")).to_be_visible()
    said = shown.get_by_role("status", name="Workspace")
    of_process = shown.get_by_role("status", name="Process")
    row(shown, "sleep 3333").get_by_role("button", name=re.compile("^Kill")).click()
    expect(of_process).to_have_text("sleep was killed.")

    shown.get_by_role("button", name="Free memory").click()
    asked = ide.dialog("Free memory?")
    expect(asked).to_contain_text("Nothing ends.")
    asked.get_by_role("button", name="Free memory").click()
    expect(said).to_have_text(re.compile(r"(MiB|KiB|B) are free again\.|nothing to give back"))
    expect(row(shown, "sleep 4444")).to_be_visible()

    shown.get_by_role("button", name="Restart").click()
    asked = ide.dialog("Restart the workspace?")
    expect(asked).to_contain_text("Files stay, and each console keeps its output.")
    asked.get_by_role("button", name="Restart it").click()
    expect(said).to_have_text(re.compile(r"^The workspace is restarted\. \d+ consoles? w"))
    expect(row(shown, "sleep 4444")).to_have_count(0)
    expect(of_process).to_have_count(0)

    stop = shown.get_by_role("button", name="Stop", exact=True)
    stop.click()
    ide.dialog("Stop the workspace?").get_by_role("button", name="Stop it").click()
    expect(said).to_have_text("The workspace is stopped.")
    expect(shown).to_contain_text("Nothing runs.")
    expect(shown).not_to_contain_text("not enforced")
    expect(stop).to_be_disabled()
    expect(stop).to_be_focused()
    shown.get_by_role("button", name="Start", exact=True).click()
    expect(said).to_contain_text("The workspace runs again.")
    expect(stop).to_be_enabled()
    shown.get_by_role("button", name="Close").click()
    expect(console.region).to_contain_text("You stopped this workspace.")
    console.region.get_by_role("button", name="Start again").click()
    console.wait_for_prompt()


def test_what_was_stopped_stays_so_on_a_page_that_opens(opened: Opened) -> None:
    ide, console = opened("desktop")
    ide.put("note.txt", "kept text")
    editor = ide.open("note.txt")
    expect(editor).to_contain_text("kept text")
    ide.api("POST", "stop")
    expect(console.region).to_contain_text("You stopped this workspace.")
    ide.page.reload()
    ide.wait_connected()
    told = "You stopped this workspace; its files are all there."
    expect(
        ide.tree.get_by_role("treeitem").filter(has_text=f"{told} Press to start")
    ).to_be_visible()
    start = ide.page.get_by_role("button", name="Start the workspace")
    expect(start).to_be_visible()
    ide.account("About…")
    expect(ide.dialog("About")).to_contain_text("This machine holds level")
    ide.page.keyboard.press("Escape")
    assert json.loads(ide.api("GET", "processes")["text"])["processes"] == []
    start.click()
    expect(ide.editor("note.txt")).to_contain_text("kept text")
    expect(ide.entry("note.txt")).to_be_visible()
    expect(console.region.get_by_role("button", name="Start again")).to_be_visible()


def test_a_plan_is_in_about_and_what_it_refuses_leaves_the_page_useful(
    small: Server, opened: Opened
) -> None:
    ide, console = opened("desktop")
    ide.account("About…")
    about = ide.dialog("About")
    expect(about).to_contain_text(re.compile(r"This machine holds level [0-3] of 3: "))
    expect(about).to_contain_text("Plan small")
    expect(about.locator("dl")).to_contain_text(f"Memory{LIMIT_MIB} MiB")
    expect(about.locator("dl")).to_contain_text(f"{LIMIT_MIB // 2} MiB in /tmp")
    check(ide, "about")
    ide.page.keyboard.press("Escape")
    typed(small, "set", "small", "consoles=1")
    try:
        button = ide.page.get_by_role("button", name="New Bash console").first
        refused = ide.notices.get_by_text("The plan small allows 1 console.")

        button.click()
        expect(refused.first).to_be_visible()
        console.run("echo still-$((40 + 2))")
        console.expect("still-42")
    finally:
        typed(small, "set", "small", "consoles=6")
