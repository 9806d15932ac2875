"""What the page says of a console's log, and what can be done about it."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, WebSocketRoute, expect

from ide.wire.frames import Kind
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    is_making_a_console,
    new_console,
    remove_consoles,
    saved,
)
from tests.server import Server


@pytest.fixture
def ide(server: Server, device: Device) -> Ide:
    found = Ide(sign_in(device("desktop"), server))
    found.wait_connected()
    expect(found.console_tab("Bash")).to_be_visible()
    return found


def menu(ide: Ide) -> Locator:
    ide.console_tab("Bash").click(button="right")
    found = ide.page.get_by_role("menu", name="Actions for Bash")
    expect(found).to_be_visible()
    return found


def test_output_is_downloaded_whole(ide: Ide) -> None:
    ConsoleView(ide.page, "Bash").run("seq 20000 29000; echo en''d")
    expect(ide.console("Bash")).to_contain_text("end")
    with ide.page.expect_download() as coming:
        menu(ide).get_by_role("menuitem", name="Download output").click()
    assert coming.value.suggested_filename == "Bash.log"
    log = Path(coming.value.path()).read_bytes()
    assert b"\r\n".join(b"%d" % number for number in range(20_000, 29_001)) in log


def test_a_console_can_be_set_never_to_be_recorded(ide: Ide) -> None:
    opened = menu(ide)
    expect(opened).to_contain_text("of 256 MiB")
    never = opened.get_by_role("menuitemcheckbox", name="Never record")
    expect(never).to_have_attribute("aria-checked", "false")
    never.click()
    line = ide.console("Bash").get_by_role("button", name="Never recorded")
    expect(line).to_be_visible()
    ide.page.reload()
    line.click()
    said = ide.dialog("Never recorded")
    expect(said).to_contain_text(re.compile(r"Since \d\d:\d\d nothing that it prints is written"))
    said.get_by_role("button", name="Record from now on").click()
    expect(line).to_have_count(0)
    never = menu(ide).get_by_role("menuitemcheckbox", name="Never record")
    expect(never).to_have_attribute("aria-checked", "false")


def test_a_console_that_is_never_recorded_is_in_memory_and_on_the_page(
    ide: Ide, server: Server
) -> None:
    item = "New Bash console, never recorded"
    ide.choose(ide.page.get_by_role("button", name=re.compile("^Consoles")).first, item)
    made = ide.console("Bash 2")
    view = ConsoleView(ide.page, "Bash 2").wait_for_prompt()
    view.run("echo sec' 'ret")
    view.expect("sec ret")
    made.get_by_role("button", name="Never recorded").click()
    said = ide.dialog("Never recorded")
    expect(said).to_contain_text("Nothing that it prints is written to the disk")
    expect(said).to_contain_text("The newest 4 MiB of it stay in memory")
    with ide.page.expect_download() as coming:
        said.get_by_role("button", name="Download output").click()
    assert b"sec ret" in Path(coming.value.path()).read_bytes()
    for pid in server.pids("ide.keeper"):
        os.kill(pid, signal.SIGKILL)
    lost = "sec ret.*unrecorded output may be missing here.*[$]\\s*$"
    view.expect(re.compile(lost), seconds=30)
    view.run("echo go''es on")
    view.expect("goes on")
    view.expect("sec ret")
    ide.console_tab("Bash 2").press("Delete")  # a click would give the keys to the terminal
    expect(made).to_have_count(0)
    saved(ide.page)


def test_an_older_keeper_is_asked_once_more_not_to_record(ide: Ide) -> None:
    def forget_the_wish(route: Route) -> None:
        asked = route.request.post_data_json
        if route.request.method == "POST" and asked.pop("record", None) is False:
            return route.continue_(post_data=asked)
        return route.fallback()

    ide.page.route(re.compile(r"/consoles$"), forget_the_wish)
    with ide.page.expect_response(is_making_a_console) as answer:
        item = "New Bash console, never recorded"
        ide.choose(ide.page.get_by_role("button", name=re.compile("^Consoles")).first, item)
    made = answer.value.json()
    assert not made["never_record"]
    line = ide.console(made["title"]).get_by_role("button", name="Never recorded")
    expect(line).to_be_visible()


def hold(button: Locator, wanted: Locator) -> None:
    """Rest a finger on it until that comes."""
    box = box_of(button)
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    session = button.page.context.new_cdp_session(button.page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    expect(wanted).to_be_visible()
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_a_finger_that_stays_on_new_offers_one_that_is_never_recorded(
    server: Server, device: Device
) -> None:
    phone = Ide(sign_in(device("phone"), server))
    phone.wait_connected()
    phone.page.get_by_role("navigation", name="Parts of the page").get_by_role(
        "button", name="Console"
    ).tap()
    button = phone.page.get_by_role("button", name="New Python console").first
    expect(button).to_be_visible()
    sheet = phone.page.get_by_role("menu", name="New Python console")
    hold(button, sheet)
    sheet.get_by_role("menuitem", name="New Python console, never recorded").tap()
    line = phone.console("Python").get_by_role("button", name="Never recorded")
    expect(line).to_be_visible()
    assert box_of(line)["height"] >= 44
    expect(phone.page.get_by_role("tab", name=re.compile("Python"))).to_have_count(1)
    remove_consoles(phone.page)


class Retold:
    """Passes the keeper's frames on with some words in their JSON replaced."""

    def __init__(self, context: BrowserContext, *words: tuple[bytes, bytes]) -> None:
        self._words = words
        context.route_web_socket("**/api/v1/link*", self._pass)

    def _pass(self, browser: WebSocketRoute) -> None:
        def receive(message: bytes | str) -> None:
            assert isinstance(message, bytes)
            if message[0] in {Kind.WELCOME, Kind.EVENT, Kind.META}:
                for told, instead in self._words:
                    message = message.replace(told, instead)
            browser.send(message)

        browser.connect_to_server().on_message(receive)


@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_what_is_not_kept_is_said_for_as_long_as_it_is_so(
    server: Server, device: Device, name: str
) -> None:
    context = device(name)
    words = (b'"engine":"ghostty"', b'"engine":"log"'), (b'"log_oldest":0', b'"log_oldest":9000000')
    Retold(context, *words)
    ide = Ide(sign_in(context, server))
    ide.wait_connected()
    view = new_console(ide.page)
    title = "Partial history · The first 8.6 MiB are gone"
    line = view.region.get_by_role("button", name=title)
    expect(line).to_be_visible()
    line.click()
    said = ide.dialog(title)
    expect(said).to_contain_text("crashed the screen engine twice")
    expect(said).to_contain_text("kept, up to 256 MiB compressed")
    with ide.page.expect_download() as coming:
        said.get_by_role("button", name="Download output").click()
    assert coming.value.suggested_filename.endswith(".log")
    expect(line).to_be_visible()
