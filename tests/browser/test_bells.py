"""Being told: a bell is set with one tap, and an open page says what came of it."""

import math
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import new_console, remove_consoles
from tests.server import Server
from tests.visitor import Visitor
from tests.waiting import wait_until


def test_a_tap_has_the_page_say_when_the_program_finishes(device: Device, server: Server):
    view = new_console(sign_in(device("landscape"), server))
    page, title = view.page, view.title
    tab = page.get_by_role("tab", name=re.compile(rf"^{title}(, |$)"))

    def choose(entry: str, role: str = "menuitem") -> None:
        page.get_by_role("button", name=f"More actions for console {title}").tap()
        page.get_by_role("menu").get_by_role(role, name=entry).tap()

    tell = page.get_by_role("button", name="Tell me when it finishes")
    expect(tell).to_have_count(0)
    view.sleep()
    tell.tap()
    expect(tell).to_have_attribute("aria-pressed", "true")
    expect(tab).to_have_accessible_name(f"{title}, a bell is set")
    choose("Tell me when it finishes", "menuitemcheckbox")
    expect(tab).to_have_accessible_name(title)
    expect(tell).to_have_attribute("aria-pressed", "false")
    view.input.press("Control+c")
    expect(tell).to_have_count(0)

    choose("Tell me when…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option("it prints a text")
    dialog.get_by_role("button", name="Set").tap()
    expect(dialog.get_by_role("alert")).to_have_text("Type the text to look for.")
    dialog.get_by_role("textbox", name="Text").fill("epoch 9")
    assert (nameless(page), small(page), beyond(page)) == ([], [], [])
    dialog.get_by_label("Every time, not only once").check()
    dialog.get_by_role("button", name="Set").tap()
    wish = dialog.get_by_role("button", name="Remove: when it prints “epoch 9”, every time")
    expect(wish).to_be_visible()
    dialog.get_by_role("button", name="Close").tap()

    view.run("sleep 1; echo epo''ch 9")
    new_console(page)
    expect(tab).to_have_attribute("aria-selected", "false")
    notices = page.get_by_role("status", name="Notices")
    expect(notices).to_contain_text(re.compile(f"{title} printed “epoch 9”."))
    notices.get_by_role("button", name="Show").tap()
    expect(tab).to_have_attribute("aria-selected", "true")

    choose("Tell me when…")
    wish.tap()
    expect(wish).to_have_count(0)
    expect(tab).to_have_accessible_name(title)
    remove_consoles(page)


def test_a_bell_of_the_command_that_runs_says_how_it_failed_and_leads_to_its_lines(
    device: Device, server: Server
):
    view = new_console(sign_in(device("landscape"), server))
    page, title = view.page, view.title
    command = "until [ -e rung ]; do sleep .1; done; seq 900 950; (exit 2)"
    view.run(command)
    wait_until_it_runs(page, view.region.get_attribute("data-console-id"))
    page.get_by_role("button", name=f"More actions for console {title}").tap()
    page.get_by_role("menu").get_by_role("menuitem", name="Tell me when…").tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="When").select_option("it fails")
    of_which = dialog.get_by_role("combobox", name="Which command")
    expect(of_which).to_have_value("this")
    expect(of_which.get_by_role("option").first).to_have_text(f"“{command}”")
    expect(dialog.get_by_label("Every time, not only once")).to_have_count(0)
    dialog.get_by_role("button", name="Set").tap()
    wish = dialog.get_by_role("button", name=f"Remove: when “{command}” fails")
    expect(wish).to_be_visible()
    Ide(page).put("rung", "")
    expect(wish).to_have_count(0)
    expect(of_which).to_have_count(0)
    dialog.get_by_role("button", name="Close").tap()
    notices = page.get_by_role("status", name="Notices")
    expect(notices).to_contain_text(re.compile("failed with status 2 after "))
    view.run("seq 200")
    view.expect(re.compile(r"199\s*200"))  # what comes later would scroll on from where it leads
    notices.get_by_role("button", name="Show").tap()
    bar = view.region.get_by_role("group", name="Commands of this console")
    expect(bar).to_contain_text("failed (2)")
    view.expect("950")
    expect(view.rows).not_to_contain_text("until")
    bar.get_by_role("button", name="Command before").tap()
    view.expect(f"{command}900901902")
    assert_nothing_was_missed(page, title)
    remove_consoles(page)


def wait_until_it_runs(page: Page, console: str | None) -> None:
    """Wait until it is known what runs there: the terminal shows it before it was even entered."""
    running = f"cards?console={console}&state=running"
    wait_until(lambda: '"id"' in Ide(page).api("GET", running)["text"], 20, "the command")


def assert_nothing_was_missed(page: Page, title: str) -> None:
    """A page that opens now has been told all that rang, on this device."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_role("tab", name=title)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/letters" in url]


def test_what_rang_while_every_page_was_closed_is_told_once_by_the_next(
    device: Device, server: Server
):
    view = new_console(sign_in(device("phone"), server))
    page = view.page
    view.run("read -s x; seq 900 950; (exit 2)")
    console = view.region.get_attribute("data-console-id")
    wait_until_it_runs(page, console)  # keys on their way may be lost with the page
    page.goto("about:blank")
    with Visitor(server.url) as visitor:
        visitor.sign_in(*server.who)
        for when in ("finished", "failed"):
            visitor.api("POST", "bells", json={"console": console, "when": when})
        with visitor.link() as link:
            link.hello(console)
            link.type(b"\n")
            # Who closes with unread frames resets the connection: the key may be lost with it.
            link.read_until(b"\n950\r\n")
        kept = wait_until(lambda: len(visitor.api("GET", "letters").json()["letters"]) >= 2, 20)
        assert kept
    page.goto(server.url)
    notices = page.get_by_role("status", name="Notices")
    expect(notices).to_contain_text(
        re.compile("While you were away, 2 bells rang. The last: .* failed with status 2 after ")
    )
    prompt = page.locator(".xterm-rows:visible > *").filter(has_text=re.compile(r"\$\s*$")).last
    wait_until(lambda: 700 < top(prompt) < math.inf, 20, "a full screen")
    wait_until(lambda: top(notices) < 200, 20, "the notice away from where the console ends")
    notices.get_by_role("button", name="Show").tap()
    dialog = page.get_by_role("dialog", name="While you were away")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_role("button", name="Show: ").first.tap()
    expect(dialog).to_have_count(0)
    expect(page.locator(".xterm-rows:visible")).to_contain_text("950")
    assert_nothing_was_missed(page, view.title)
    remove_consoles(page)


def top(locator: Locator) -> float:
    """Where it begins, in pixels; far below all there is while it is not in sight."""
    at = locator.bounding_box()
    return at["y"] if at else math.inf
