"""What programs say on a console's tab, and what they ask of a person: nothing without a tap."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    find_bar,
    matches,
    new_console,
    remove_consoles,
)
from tests.server import Server
from tests.waiting import wait_until

LINK = r"printf '\e]8;;%s\e\\%s\e]8;;\e\\ \n' "


@pytest.fixture
def desk(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("desktop"), server))


@pytest.fixture
def phone(device: Device, server: Server) -> Iterator[ConsoleView]:
    yield from console_on(sign_in(device("phone"), server))


def console_on(page: Page) -> Iterator[ConsoleView]:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield new_console(page)
    remove_consoles(page)


def title_of(view: ConsoleView) -> str:
    return (view.region.get_attribute("aria-label") or "").removeprefix("Console ")


def tab(view: ConsoleView, name: str | re.Pattern[str]) -> Locator:
    return view.page.get_by_role("tab", name=name, exact=True)


def rename(view: ConsoleView, to: str) -> None:
    view.page.get_by_role("button", name=re.compile("^More actions for console ")).click()
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


def test_a_python_breathes_only_while_it_computes(desk: ConsoleView):
    desk.page.get_by_role("button", name="New Python console").first.click()
    python = ConsoleView(desk.page, "Python")
    python.expect("In [1]")
    on_tab = tab(desk, re.compile("Python"))  # it gives itself a longer title
    expect(on_tab.locator(".console-state.idle")).to_be_visible()
    expect(on_tab).to_have_attribute("title", re.compile("Python.*: ready "))
    python.run("import time; time.sleep(1000)")
    expect(on_tab.locator(".console-state.busy")).to_be_visible()
    python.page.keyboard.press("Control+c")
    python.expect("In [2]")
    expect(on_tab.locator(".console-state.idle")).to_be_visible()
    desk.page.get_by_role("button", name=re.compile("^Close console .*Python")).click()
    asked = desk.page.get_by_role("dialog", name=re.compile("^Close .*Python"))
    expect(asked).to_contain_text("Its variables and imports would be gone.")
    asked.get_by_role("button", name="End it").click()
    expect(on_tab).to_have_count(0)


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


def test_a_bel_for_a_page_that_is_hidden_waits_for_it(desk: ConsoleView):
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    rang = tab(desk, f"{title_of(desk)}, it rang")
    desk.page.evaluate(hide, True)
    desk.run(r"printf '\a'")
    expect(rang).to_be_visible()
    desk.page.evaluate(hide, False)
    expect(rang).to_have_count(0)


def clipboard(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def offer(view: ConsoleView) -> Locator:
    return view.region.get_by_role("status").filter(has_text="The program offers")


def test_what_a_program_puts_on_the_clipboard_waits_for_a_tap(phone: ConsoleView):
    phone.page.evaluate("navigator.clipboard.writeText('mine')")
    phone.run(r"printf '\e]52;c;%s\a' $(printf 'first\nsecond' | base64)")
    expect(offer(phone)).to_contain_text("The program offers “first” and 1 more line")
    assert clipboard(phone.page) == "mine"
    copy = offer(phone).get_by_role("button", name="Copy")
    assert box_of(copy)["height"] >= 44
    phone.input.focus()
    copy.tap()
    expect(offer(phone)).to_have_count(0)
    expect(phone.input).to_be_focused()
    wait_until(lambda: clipboard(phone.page) == "first\nsecond", 20, "the copy")


def test_the_clipboard_is_never_told_and_an_old_offer_does_not_come_again(desk: ConsoleView):
    desk.page.evaluate("navigator.clipboard.writeText('secret')")
    desk.run(r"printf '\e]52;c;b2xk\a'; printf '\e]52;c;?\a'; read -rt 1 -n 1 x; echo got-[$x]")
    desk.expect("got-[]")
    expect(offer(desk)).to_contain_text("“old”")
    desk.page.reload()
    desk.expect("got-[]")
    desk.run(r"printf '\e]52;c;bmV3\a'")
    expect(offer(desk)).to_contain_text("“new”")
    offer(desk).get_by_role("button", name="Dismiss").click()
    expect(offer(desk)).to_have_count(0)


def text_of_link(view: ConsoleView, text: str) -> tuple[float, float]:
    box = box_of(view.rows.get_by_text(text, exact=True).last)
    return box["x"] + 12, box["y"] + box["height"] / 2


def open_link(view: ConsoleView, text: str, *, tap: bool) -> None:
    x, y = text_of_link(view, text)
    if tap:
        view.page.touchscreen.tap(x, y)
    else:
        view.page.mouse.move(x, y)
        view.page.mouse.click(x, y)


def test_a_links_true_target_is_shown_before_it_opens(phone: ConsoleView):
    target = "https://example.org/?a=%22%3Cb%3E"
    phone.run(LINK + f"'{target}' bank.example")
    open_link(phone, "bank.example", tap=True)
    dialog = phone.page.get_by_role("dialog", name="Open this link?")
    expect(dialog).to_contain_text(f"“bank.example” leads to{target}")
    link = dialog.get_by_role("link", name="Open")
    assert link.get_attribute("href") == target
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.get_attribute("target") == "_blank"
    dialog.get_by_role("button", name="Copy the address").tap()
    expect(dialog).to_have_count(0)
    wait_until(lambda: clipboard(phone.page) == target, 20, "the copy")


def test_links_to_anything_else_are_plain_text(desk: ConsoleView):
    opened: list[object] = []
    desk.page.on("popup", lambda popup: opened.append(popup))  # noqa: PLW0108
    for number, target in enumerate(["file:///etc/passwd", "javascript:alert(1)", "//no.example"]):
        desk.run(LINK + f"'{target}' danger{number}")
        desk.expect(re.compile(rf"danger{number}\s"))
        spots = desk.rows.locator("span", has_text=f"danger{number}")
        expect(spots.last).to_have_css("text-decoration-line", "none")
        open_link(desk, f"danger{number}", tap=False)
    desk.run(LINK + "https://good.example good")
    desk.expect(re.compile(r"good\s"))
    good = desk.rows.locator("span", has_text=re.compile("^good$")).last
    expect(good).to_have_css("text-decoration-line", "underline")
    assert desk.page.get_by_role("dialog").count() == 0
    assert opened == []


def test_a_link_whose_text_is_its_address_opens_at_once_without_its_opener(desk: ConsoleView):
    here = desk.page.url
    desk.run(LINK + f"'{here}' '{here}'")
    with desk.page.context.expect_page() as opened:
        open_link(desk, here, tap=False)
    expect(opened.value).to_have_url(here)
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()


FILLS = """region => {
  const room = region.querySelector(".console-terminal");
  const {paddingTop, paddingBottom} = getComputedStyle(room);
  const free = room.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  const screen = region.querySelector(".xterm-screen").getBoundingClientRect().height;
  const rows = region.querySelector(".xterm-rows").children.length;
  return rows === Math.floor(free * rows / screen);
}"""
"""Whether a terminal has as many rows as its room: none are to come or to go."""


def test_fingers_find_by_the_menu_of_the_console(phone: ConsoleView):
    phone.run("for n in 7 107 207; do echo line $n fo''und; seq -f 'no %g' 90; done; echo al''l")
    phone.expect(re.compile(r"all\s*~\s*\$"))  # what comes while one searches moves the place
    lines = phone.rows.locator("> div")
    fills = "as many lines as there is room for"
    wait_until(lambda: phone.region.evaluate(FILLS), 20, fills)
    most = lines.count()
    keys = phone.page.get_by_role("toolbar", name="Extra keys")
    phone.region.locator(".xterm-screen").tap()
    expect(keys).to_be_visible()
    wait_until(lambda: lines.count() < most and phone.region.evaluate(FILLS), 20, "room for keys")
    phone.page.get_by_role("button", name=re.compile("^More actions for console ")).tap()
    phone.page.get_by_role("menuitem", name="Find in the output").tap()
    field = find_bar(phone).get_by_role("textbox")
    expect(field).to_be_focused()
    expect(keys).to_have_count(0)  # they would type into the terminal
    wait_until(lambda: lines.count() == most, 20, "their room is given back")
    field.fill("found")
    expect(matches(phone)).to_have_text("3 of 3")
    for name in ("Previous match", "Next match", "Close the search"):
        box = box_of(find_bar(phone).get_by_role("button", name=name))
        assert min(box["width"], box["height"]) >= 44
    find_bar(phone).get_by_role("button", name="Previous match").tap()
    expect(matches(phone)).to_have_text("2 of 3")
    phone.expect("line 107 found")
    box = box_of(find_bar(phone))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    find_bar(phone).get_by_role("button", name="Close the search").tap()
    expect(find_bar(phone)).to_have_count(0)
