"""What programs say of themselves on a console's tab: title, folder, BEL, progress."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.server import Server


@pytest.fixture
def desk(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("desktop"), server))


@pytest.fixture
def phone(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("phone"), server))


def console_on(page: Page) -> Iterator[ConsoleView]:
    yield new_console(page)
    remove_consoles(page)


def title_of(view: ConsoleView) -> str:
    return (view.region.get_attribute("aria-label") or "").removeprefix("Console ")


def tab(view: ConsoleView, name: str | re.Pattern[str]) -> Locator:
    return view.page.get_by_role("tab", name=name, exact=True)


def rename(view: ConsoleView, to: str) -> None:
    view.page.get_by_role("button", name=re.compile("^More actions for ")).click()
    view.page.get_by_role("menuitem", name="Rename").click()
    dialog = view.page.get_by_role("dialog", name="Rename console")
    dialog.get_by_role("textbox").fill(to)
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_have_count(0)


def test_a_programs_title_is_on_the_tab_until_somebody_names_it(desk: ConsoleView):
    first = title_of(desk)
    desk.run(r"printf '\e]0;deploy <b>\u202e 3/7\a'")
    expect(tab(desk, "deploy <b> 3/7")).to_have_attribute(
        "title", re.compile(rf"^deploy <b> 3/7 \({first}\): ready · ~$")
    )
    rename(desk, "mine")
    expect(tab(desk, "mine")).to_be_visible()
    desk.page.reload()
    expect(tab(desk, "mine")).to_be_visible()
    rename(desk, "")
    expect(tab(desk, "deploy <b> 3/7")).to_be_visible()


def test_a_new_console_starts_in_the_folder_of_the_one_in_front(desk: ConsoleView):
    desk.run("mkdir -p 'a b' && cd 'a b'")
    expect(tab(desk, title_of(desk))).to_have_attribute("title", re.compile(r" · ~/a b$"))
    other = new_console(desk.page)
    other.run("echo in-$PWD-")
    other.expect("in-/home/user/a b-")


def test_a_bel_out_of_sight_is_a_dot_until_looked_at(phone: ConsoleView):
    rang = title_of(phone)
    phone.run(r"until [ -e go ]; do sleep 0.1; done; rm go; printf '\a'; cat")
    other = new_console(phone.page)
    other.run("touch go")
    dotted = tab(phone, f"{rang}, it rang")
    expect(dotted.locator(".console-bel")).to_be_visible()
    phone.page.reload()
    expect(dotted).to_be_visible()
    dotted.click()
    expect(tab(phone, rang)).to_be_visible()
    expect(phone.page.locator(".console-bel")).to_have_count(0)


def test_progress_is_a_bar_on_the_tab_in_every_state(phone: ConsoleView):
    bar = phone.page.get_by_role("progressbar", name=f"Progress in {title_of(phone)}")
    states = [
        ("1;40", "40 %"),
        ("2", "failed at 40 %"),
        ("4;50", "paused at 50 %"),
        ("3", "working"),
    ]
    for report, words in states:
        phone.run(rf"printf '\e]9;4;{report}\a'")
        expect(bar).to_have_attribute("aria-valuetext", words)
    phone.run(r"printf '\e]9;4;1;70\a'")
    expect(bar).to_have_attribute("aria-valuenow", "70")
    phone.page.reload()
    expect(bar).to_have_attribute("aria-valuenow", "70")
    shares = bar.evaluate("bar => bar.firstChild.offsetWidth / bar.offsetWidth")
    assert 0.65 < shares < 0.75
    phone.run(r"printf '\e]9;4;0\a'")
    expect(bar).to_have_count(0)
