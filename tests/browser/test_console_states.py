"""What the page says of consoles that run, ended or are not heard of, and what it offers then."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import (
    REFUSING_SOCKET,
    ConsoleView,
    cut_socket,
    new_console,
    record_sockets,
    remove_consoles,
)
from tests.server import Server
from tests.waiting import wait_until


def title_of(view: ConsoleView) -> str:
    return (view.region.get_attribute("aria-label") or "").removeprefix("Console ")


def tab(view: ConsoleView) -> Locator:
    return view.page.get_by_role("tab", name=title_of(view), exact=True)


@pytest.fixture
def view(device: Device, server: Server) -> Iterator[ConsoleView]:
    view = new_console(sign_in(device("desktop"), server))
    yield view
    remove_consoles(view.page)


@pytest.fixture
def phone(device: Device, server: Server) -> Iterator[ConsoleView]:
    view = new_console(sign_in(device("phone"), server))
    yield view
    remove_consoles(view.page)


def start_sleeping(view: ConsoleView) -> None:
    """Have a program sleep, and wait until it is known: at first the shell has the terminal."""

    def known() -> bool:
        told = json.loads(Ide(view.page).api("GET", "consoles")["text"])["consoles"]
        fronts = [one["foreground"] for one in told]
        return any(front and front["command"] == "sleep 300" for front in fronts)

    view.start("sleep 300")
    wait_until(known, 20, "the program")


def height(found: Locator) -> float:
    return box_of(found)["height"]


def test_an_ended_console_gives_its_output_room_and_can_still_be_started(phone: ConsoleView):
    phone.run("seq 100; exit 3")
    bar = phone.region.locator(".console-ended")
    expect(bar).to_contain_text("exit 3")
    before = height(bar)
    bar.get_by_role("button", name="More room for the output").tap()
    expect(bar).to_have_class(re.compile("folded"))
    assert height(bar) < before / 2
    expect(bar.get_by_role("button")).to_have_text(["Start again"])
    phone.expect("100")
    bar.get_by_role("button", name="Start again").tap()
    expect(bar).to_have_count(0)
    phone.expect("started again")
    phone.run("exit 4")
    expect(bar).to_contain_text("exit 4")
    expect(bar.get_by_role("button", name="More room for the output")).to_be_visible()


def test_the_menu_of_an_ended_console_starts_it_again_and_offers_nothing_that_means_nothing(
    view: ConsoleView,
):
    def menu() -> Locator:
        tab(view).click(button="right")
        return view.page.get_by_role("menu", name=f"Actions for {title_of(view)}")

    expect(menu().get_by_text("Never record")).to_be_visible()
    view.page.keyboard.press("Escape")
    view.run("exit 3")
    view.region.get_by_role("button", name="More room for the output").click()
    opened = menu()
    expect(opened.get_by_role("menuitem", name="Download output")).to_be_visible()
    expect(opened.get_by_text("Never record")).to_have_count(0)
    opened.get_by_role("menuitem", name="Start again").click()
    view.expect("started again")


def test_closing_what_runs_can_be_called_off(view: ConsoleView):
    start_sleeping(view)
    title = title_of(view)
    asked = view.page.get_by_role("dialog", name=f"Close {title}?")
    for turn_away in (
        asked.get_by_role("button", name="Cancel").click,
        lambda: view.page.keyboard.press("Escape"),
    ):
        view.page.get_by_role("button", name=f"Close console {title}", exact=True).click()
        expect(asked).to_contain_text(re.compile("Running( for \\d+ s)?: “sleep 300”"))
        turn_away()
        expect(asked).to_have_count(0)
        expect(tab(view)).to_have_attribute("title", re.compile(": running "))


def moving(page: Page) -> int:
    """Return how many animations there are in the strip of consoles."""
    found = "document.querySelector('.console-strip').getAnimations({subtree: true}).length"
    return int(page.evaluate(found))


def test_nothing_moves_while_the_server_is_not_heard(view: ConsoleView):
    title = title_of(view)
    record_sockets(view.page)
    view.page.reload()
    view = ConsoleView(view.page, title).wait_for_prompt()
    view.start(r"printf '\e]9;4;3\a'; sleep 300")
    state = tab(view).locator(".console-state")
    expect(state).to_have_class(re.compile("busy"))
    expect(view.page.get_by_role("progressbar")).to_be_visible()
    wait_until(lambda: moving(view.page) == 2, 30, "the dot and the bar move")
    view.page.evaluate(
        f"() => {{ window.Heard = window.WebSocket; window.WebSocket = {REFUSING_SOCKET}; }}"
    )
    cut_socket(view.page)
    expect(state).to_have_class(re.compile("unknown"))
    expect(state).to_have_text("○")
    expect(tab(view)).to_have_attribute("title", re.compile("running when last heard of"))
    wait_until(lambda: moving(view.page) == 0, 30, "nothing moves")
    view.page.evaluate("() => void (window.WebSocket = window.Heard)")
    expect(state).to_have_class(re.compile("busy"))
    expect(tab(view)).to_have_attribute("title", re.compile("running · "))


def consoles_menu(page: Page) -> Locator:
    page.get_by_role("button", name=re.compile("^Consoles")).first.click()
    return page.get_by_role("menu", name="Consoles")


def test_the_menu_of_consoles_tells_each_ones_state_running_ones_first(view: ConsoleView):
    page, idle = view.page, title_of(view)
    failed = new_console(page)
    broken = title_of(failed)
    failed.run("exit 3")
    expect(failed.region.locator(".console-ended")).to_contain_text("exit 3")
    kept = new_console(page)
    start_sleeping(kept)
    busy = title_of(kept)
    page.get_by_role("button", name=f"Close console {busy}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Keep running").click()
    menu = consoles_menu(page)
    for title, said in (
        (idle, r"ready, started .+ ago"),
        (broken, r"Ended \d\d:\d\d, exit 3, after \d+ s"),
        (busy, r"running “sleep 300”( for \d+ s)? · no.tab"),
    ):
        item = menu.get_by_role("menuitem", name=re.compile(f"^{re.escape(title)} {said}$"))
        expect(item).to_be_visible()
    lines = menu.locator("> *").all_inner_texts()

    def at(text: str) -> int:
        return next(number for number, line in enumerate(lines) if line.startswith(text))

    shown = [at("Running"), at(f"●\n{busy}\n"), at(f"●\n{idle}\n"), at("New Bash console")]
    shown += [at("New Python console"), at("New Bash console, never recorded")]
    shown += [at("Ended"), at(f"\u00d7\n{broken}\n")]
    assert shown == sorted(shown), lines
    menu.get_by_role("menuitem", name=re.compile(f"^{broken} ")).click()
    chosen = page.get_by_role("tab", name=broken, exact=True)
    expect(chosen).to_have_attribute("aria-selected", "true")


def test_the_menu_of_consoles_is_kept_up_to_date_while_it_is_open(view: ConsoleView):
    start_sleeping(view)
    menu = consoles_menu(view.page)
    item = menu.get_by_role("menuitem", name=re.compile(f"^{title_of(view)} "))
    expect(item).to_contain_text("running “sleep 300”")
    view.page.evaluate(
        """async () => {
             const boot = JSON.parse(document.getElementById('boot').textContent);
             const at = `${boot.base}api/v1/workspaces/${boot.workspace.id}/consoles`;
             const headers = {'X-CSRF-Token': boot.csrf, 'Content-Type': 'application/json'};
             const {consoles} = await (await fetch(at)).json();
             const ending = consoles.filter(({state, busy}) => state === 'running' && busy);
             for (const {id} of ending)
               await fetch(`${at}/${id}/end`, {method: 'POST', headers, body: '{"how": "kill"}'});
           }"""
    )
    expect(item).to_contain_text("You killed it")


def test_what_waits_for_an_answer_is_shown_to_wait_until_it_has_one(view: ConsoleView):
    page, ide, title = view.page, Ide(view.page), view.title
    ide.put("ask.py", "open('asked', 'w').close()\nprint('hello', input('name? '))\n")
    ide.open("ask.py")
    view.run("until [ -e asked ]; do sleep 0.1; done; read answer; sleep 300")
    shell, run = ide.console_tab(title), ide.console_tab("ask.py")
    state = shell.locator(".console-state")
    expect(state).to_have_class(re.compile("busy"))
    ide.button("Run").click()  # in front of the shell, which asks once this does
    for asks in (run, shell):
        expect(asks.locator(".console-state")).to_have_text("?")
        expect(asks).to_have_attribute("title", re.compile(": waits for your answer"))
    expect(ide.run_status).to_have_text("? ask.py waits for your answer")
    ConsoleView(page, "ask.py").run("somebody")
    expect(ide.run_status).to_contain_text("ask.py: Ended")
    expect(run.locator(".console-state")).to_have_text("✓")
    still = re.compile(f"^{re.escape(title)} waits for your answer, started .+ ago$")
    consoles_menu(page).get_by_role("menuitem", name=still).click()
    expect(view.input).to_be_focused()
    view.run("yes")
    expect(state).to_have_class(re.compile("busy"))
    expect(shell).to_have_attribute("title", re.compile(": running"))


def test_the_tab_in_front_stays_in_sight_when_another_page_takes_room_of_the_strip(
    device: Device, server: Server
):
    page = sign_in(device("landscape"), server)
    view = new_console(page)
    while True:  # until the strip is full
        view.run(rf"printf '\e]0;a title of {len(title_of(view))} long words and more\a'")
        page.get_by_role("tab", name="a title of").last.wait_for()
        tabs = page.locator(".console-tabs")
        if tabs.evaluate("tabs => tabs.scrollWidth > tabs.clientWidth"):
            break
        view = new_console(page)
    wait_until_saved(page)
    other = sign_in(device("desktop"), server)
    expect(page.get_by_role("button", name="Shown on 2 pages")).to_be_visible()
    front = page.locator(".console-tab[aria-selected=true]")

    def in_sight() -> bool:
        inner, outer = box_of(front), box_of(tabs)
        return inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1

    wait_until(in_sight, 20, "the whole tab in sight")
    other.close()
    remove_consoles(page)


def wait_until_saved(page: Page) -> None:
    """Wait until other devices are told what is open here."""
    page.wait_for_function(
        "() => !Object.keys(sessionStorage).some(key => /^layout:.*:open$/.test(key))"
    )
