"""The link breaks and comes back: nothing is lost, nothing is doubled, nothing is pretended."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.places import box_of
from tests.browser.terminals import (
    REFUSING_SOCKET,
    ConsoleView,
    cut_socket,
    new_console,
    record_sockets,
    remove_consoles,
)
from tests.ports import free_port
from tests.server import OWNER, Server
from tests.visitor import Visitor
from tests.waiting import wait_until


@pytest.fixture
def page(device: Device, server: Server) -> Page:
    context = device("desktop")
    record_sockets(context)
    return sign_in(context, server)


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def connection(page: Page):
    return page.get_by_role("status", name="Connection")


def numbers(view: ConsoleView) -> list[int]:
    """The numbers that were printed as `n<number>.`."""
    return [int(n) for n in re.findall(r"n(\d+)\.", view.text().replace("\n", ""))]


def test_output_while_the_link_is_cut_arrives_once(view: ConsoleView):
    view.run("clear; for i in {1..60}; do printf n$i.; sleep 0.05; done; echo over")
    for seen in (5, 20, 40):
        view.expect(f"n{seen}.")
        cut_socket(view.page)
    view.expect("over")
    assert numbers(view) == list(range(1, 61))


def test_a_flood_survives_cuts(view: ConsoleView):
    view.run("clear; seq 1 40000 | awk '{print \"line \" $1}'; echo over")
    for _ in range(4):
        cut_socket(view.page)
        view.page.wait_for_function("() => window.sockets.at(-1).readyState === 1")
    view.expect(re.compile(r"line 39999\s*line 40000\s*over"), seconds=60)


WAKING = ("document:visibilitychange", "window:pageshow", "window:online")


def test_whoever_wakes_the_page_reconnects_it_at_once(view: ConsoleView):
    page = view.page
    page.clock.install()
    page.reload()  # so that the timers that it starts with are of this clock too
    expect(connection(page)).to_have_text("connected")
    page.clock.pause_at(time.time() + 3600)  # whoever waits for a timer waits for ever
    for where, event in (each.split(":") for each in WAKING):
        cut_socket(page)
        wait_until(lambda: sockets(page)[-1] == CLOSED, 20, "it is cut")
        before = len(sockets(page))
        page.evaluate(f"{where}.dispatchEvent(new Event('{event}'))")
        wait_until(lambda: sockets(page)[-1] == OPEN, 20, f"{event} reconnects")
        assert len(sockets(page)) == before + 1


OPEN, CLOSED = 1, 3


def sockets(page: Page) -> list[int]:
    """The state of every WebSocket that the page opened."""
    return page.evaluate("window.sockets.map(({readyState}) => readyState)")


def test_keys_typed_while_cut_arrive_once(view: ConsoleView):
    cut_socket(view.page)
    view.run("echo typed-$((1+1))-while-away")
    view.expect(re.compile(r"typed-2-while-away"))
    assert view.text().count("typed-2-while-away") == 1
    assert view.text().count("echo typed") == 1


def test_a_reload_shows_the_same_screen(view: ConsoleView):
    view.run("clear; printf '\\033[31mred\\033[0m and plain\\n'; echo over")
    view.expect(re.compile(r"plain\s*over\s*~\s*\$"))  # the prompt too, which comes after it
    before = view.text()
    title = (view.region.get_attribute("aria-label") or "").removeprefix("Console ")
    view.page.reload()
    again = ConsoleView(view.page, title).wait_for_prompt()
    again.expect("over")
    wait_until(lambda: again.text().split() == before.split(), 20, before)


def ground(view: ConsoleView) -> str:
    found = view.region.locator(".xterm-scrollable-element").first
    return str(found.evaluate("area => getComputedStyle(area).backgroundColor"))


def test_a_colour_that_a_program_chose_is_there_after_a_reload(view: ConsoleView):
    chosen = "rgb(255, 128, 1)"
    view.run(r"seq 5000; printf '\e]11;#ff8001\a'; echo cho''sen")
    view.expect("chosen")
    wait_until(lambda: ground(view) == chosen, 20, "the ground")
    view.page.reload()
    view.expect("chosen")
    wait_until(lambda: ground(view) == chosen, 20, "the ground again")


def test_blocked_websockets_are_named(device: Device, server: Server):
    page = sign_in(device("desktop"), server)
    page.add_init_script(f"window.WebSocket = {REFUSING_SOCKET};")
    page.reload()
    expect(connection(page)).to_have_text("offline", timeout=30_000)
    expect(page.get_by_text("WebSockets are blocked on the way")).to_be_visible()


def test_a_revoked_login_asks_over_the_page_and_goes_on(view: ConsoleView, server: Server):
    page = view.page
    view.run("clear; for i in {1..60}; do printf n$i.; sleep 0.1; done; echo ov''er")
    view.expect("n5.")
    with Visitor(server.url).sign_in(*server.who) as other:
        other.http.post("api/v1/logout-everywhere", json={}).raise_for_status()
    dialog = page.get_by_role("dialog", name=re.compile("sign in", re.IGNORECASE))
    dialog.get_by_role("textbox", name="Password").fill(server.who[1])
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(connection(page)).to_have_text("connected", timeout=30_000)
    view.expect(re.compile(r"n60\.\s*over"), seconds=30)
    assert numbers(view) == list(range(1, 61))


def test_a_new_console_is_told_to_other_devices_at_once(view: ConsoleView):
    view.page.clock.install()
    view.page.clock.pause_at(time.time() + 3600)  # whoever waits for a timer waits for ever
    # The one before, which the fixture made, may be told only now.
    with view.page.expect_response(lambda answer: consoles_told(answer) >= 2):
        view.page.get_by_role("button", name="New Bash console").first.click()


def consoles_told(response: Response) -> int:
    """How many consoles the page said to be open; 0 where it said something else."""
    told = response.request.method == "PUT" and response.url.endswith("/layout/open")
    return len(response.request.post_data_json["consoles"]) if told else 0


def test_the_device_in_use_sets_the_grid(view: ConsoleView, device: Device, server: Server):
    title = (view.region.get_attribute("aria-label") or "").removeprefix("Console ")
    view.page.wait_for_function(  # what is open here is saved
        "() => !Object.keys(sessionStorage).some(key => /^layout:.*:open$/.test(key))"
    )
    view.run("clear; tput cols")
    before = view.region.evaluate("region => region.querySelector('.xterm-screen').clientWidth")
    other = ConsoleView(sign_in(device("portrait"), server), title).wait_for_prompt()
    other.input.focus()
    other.page.keyboard.type("clear; tput cols\n")
    sized = re.compile(r"^\d+.\d+, sized for Chrom.+ on .+\. Fit here$")
    chip = view.region.get_by_role("button", name=sized)
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)
    expect(other.region.get_by_role("button", name=sized)).to_be_visible()
    view.page.wait_for_function(
        """([region, before]) =>
             Math.abs(region.querySelector('.xterm-screen').clientWidth - before) < 20""",
        arg=[view.region.element_handle(), before],
    )


def test_who_is_attached_is_shown_and_the_size_taken_over_from_there(
    view: ConsoleView, device: Device, server: Server
):
    title = (view.region.get_attribute("aria-label") or "").removeprefix("Console ")
    shown = view.page.get_by_role("button", name="Shown on 2 pages")
    expect(shown).to_have_count(0)
    view.page.wait_for_function(
        "() => !Object.keys(sessionStorage).some(key => /^layout:.*:open$/.test(key))"
    )
    other = ConsoleView(sign_in(device("phone"), server), title).wait_for_prompt()
    other.input.focus()
    other.page.keyboard.type("x")
    expect(view.region.get_by_role("button", name=re.compile("Fit here$"))).to_be_visible()
    came = r"since \d\d:\d\d"
    mine = rf"\(this page\), 1\d\d.\d+, in sight, {came}"
    others = rf"[^)], \d\d.\d+, in sight, sets the size, {came}"
    menu = view.page.get_by_role("menu", name="Pages that show it")
    shown.click()
    expect(menu).to_contain_text(re.compile(mine))
    expect(menu).to_contain_text(re.compile(others))
    menu.get_by_role("menuitem", name="Fit here").click()
    chip = other.region.get_by_role("button", name=re.compile("sized for .* Fit here$"))
    expect(chip).to_be_visible()
    assert box_of(chip)["width"] < 150, "on a phone it leaves the prompt to be read"
    shown.click()
    expect(menu).to_contain_text(re.compile(r"\(this page\), [^,]+, in sight, sets the size"))
    other.page.keyboard.type("y")
    fit_here = menu.get_by_role("menuitem", name="Fit here")
    at = box_of(fit_here)
    fit_here.focus()
    view.page.mouse.move(at["x"] + 20, at["y"] + 10)
    view.page.mouse.down()
    with view.page.context.new_page() as beside:
        beside.goto(server.url)
        expect(ConsoleView(beside, title).rows).to_contain_text("x")
        expect(view.page.locator(".console-count:visible")).to_have_text("3")
        assert box_of(fit_here) == at, "nothing moves while it is pressed"
        view.page.mouse.move(at["x"] + 20, at["y"] - 20)
        view.page.mouse.up()
        expect(menu).to_contain_text(re.compile(r"\(this device\), [^,]+, "))
        expect(fit_here).to_be_focused()
    expect(menu).not_to_contain_text("(this device)")
    other.page.close()
    expect(menu).to_contain_text("(this page)")
    expect(menu.locator(".menu-heading")).to_have_count(1)
    view.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(shown).to_have_count(0)


def test_the_web_is_killed_and_comes_back(tmp_path: Path, device: Device):
    with Server(tmp_path / "data", "--bind", f"127.0.0.1:{free_port()}") as server:
        server.add_user(*OWNER, owner=True)
        page = sign_in(device("desktop"), server)
        view = ConsoleView(page).wait_for_prompt()
        view.run("clear; for i in {1..50}; do printf n$i.; sleep 0.1; done; echo over")
        view.expect("n10.")
        server.kill_web()
        expect(connection(page)).to_have_text("reconnecting", timeout=30_000)
        server.start()
        expect(connection(page)).to_have_text("connected", timeout=30_000)
        view.expect("over", seconds=30)
        assert numbers(view) == list(range(1, 51))
