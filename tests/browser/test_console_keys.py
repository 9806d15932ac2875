"""What is typed goes to the console pressed last, whoever set its size; and keys can leave it."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import (
    ConsoleView,
    find_bar,
    is_making_a_console,
    new_console,
    remove_consoles,
    saved,
)
from tests.server import Server

WATCH_MODE = """field => {
  window.seen = [];
  Object.defineProperty(field, 'inputMode', {
    get: () => field.getAttribute('inputmode'),
    set: mode => {
      seen.push(`${mode}, ${document.activeElement === field ? '' : 'not '}focused`);
      field.setAttribute('inputmode', mode);
    },
  });
  field.addEventListener('focus', () => seen.push('focus'));
}"""
OTHER = {"desktop": "landscape", "landscape": "desktop"}

NOT_NOW = {"error": {"code": "unavailable", "message": "Not now."}}

Press = Callable[[Locator], None]


@pytest.fixture(params=["desktop", "landscape"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def view(device: Device, server: Server, name: str) -> Iterator[ConsoleView]:
    """The second of two consoles."""
    page = sign_in(device(name), server)
    new_console(page)
    yield new_console(page)
    remove_consoles(page)


@pytest.fixture
def press(name: str) -> Press:
    """What a hand does there."""
    return lambda target: target.click() if name == "desktop" else target.tap()


def test_keys_go_to_the_console_pressed_while_another_device_owns_the_size(
    view: ConsoleView, device: Device, server: Server, name: str, press: Press
):
    page = view.page
    saved(page)
    other = ConsoleView(sign_in(device(OTHER[name]), server), view.title).wait_for_prompt()
    fit_here = view.region.get_by_role("button", name=re.compile(r"Fit here$"))
    line = ""

    def arrives(press_it: Callable[[], object], *, focused: bool) -> None:
        """Press with the size elsewhere, and the focus in the terminal, or on a button."""
        nonlocal line
        other.input.press("-")
        expect(view.region.locator(".console-chip")).to_have_count(1)  # not shown yet
        (view.input if focused else page.get_by_role("button", name="New file").first).focus()
        press_it()
        expect(view.input).to_be_focused()
        page.keyboard.press("k")
        line += "-k"
        view.expect(line)
        expect(view.region.locator(".console-chip")).to_have_count(0)

    tab, behind = (Ide(page).console_tab(title) for title in (view.title, "Bash"))
    grid = view.region.locator(".xterm-screen")
    pages = page.get_by_role("button", name="Shown on 2 pages")
    for focused in (True, False):
        arrives(lambda: press(tab), focused=focused)
        arrives(lambda: (press(behind.first), press(tab)), focused=focused)
        arrives(lambda: press(fit_here), focused=focused)
        arrives(lambda: press(grid), focused=focused)
        arrives(
            lambda: (press(pages), press(page.get_by_role("menuitem", name="Fit here"))),
            focused=focused,
        )


def away(page: Page) -> None:
    """Press beside what is open: on the page's own header."""
    page.mouse.click(600, 20)


def test_menus_dialogs_and_the_search_give_the_keys_back(
    view: ConsoleView, press: Press, name: str
):
    page = view.page
    view.input.focus()
    more = page.get_by_role("button", name=re.compile("^More actions for console Bash")).first
    for close in (lambda: page.keyboard.press("Escape"), lambda: away(page)):
        press(more)
        expect(page.get_by_role("menu")).to_be_visible()
        close()
        expect(page.get_by_role("menu")).to_have_count(0)
        expect(view.input).to_be_focused()
    press(more)
    press(page.get_by_role("menuitem", name="Rename"))
    press(page.get_by_role("dialog").get_by_role("button", name="Cancel"))
    expect(view.input).to_be_focused()
    press(more)
    press(page.get_by_role("menuitem", name="Find in the output"))
    expect(find_bar(view).get_by_role("textbox")).to_be_focused()
    press(find_bar(view).get_by_role("button", name="Close the search"))
    expect(view.input).to_be_focused()
    mode = "text" if name == "desktop" else "none"  # a keyboard that is down stays down
    expect(view.input).to_have_attribute("inputmode", mode)


def test_a_console_that_is_made_or_picked_has_the_keys(view: ConsoleView, press: Press):
    page = view.page
    made = new_console(page)
    expect(made.input).to_be_focused()
    title = made.title
    press(page.get_by_role("button", name=f"More actions for console {title}"))
    press(page.get_by_role("menuitem", name="Close tab and keep running"))
    press(page.get_by_role("button", name=re.compile("^Consoles, 1 kept")))
    press(page.get_by_role("menuitem", name=title))
    expect(made.input).to_be_focused()


def test_arrows_move_through_the_tabs_and_enter_goes_in(view: ConsoleView):
    page, tabs = view.page, Ide(view.page).console_tab("Bash")
    before = view.text()
    tabs.last.focus()
    for key, at in (("ArrowRight", 0), ("ArrowLeft", -1), ("Home", 0), ("End", -1)):
        page.keyboard.press(key)
        expect(tabs.nth(at)).to_have_attribute("aria-selected", "true")
        expect(tabs.nth(at)).to_be_focused()
    page.keyboard.press("Enter")
    expect(view.input).to_be_focused()
    assert view.text() == before


@pytest.mark.parametrize("name", ["landscape"], indirect=True)
def test_a_tap_on_a_tab_brings_no_keyboard_and_one_in_the_terminal_does(view: ConsoleView):
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_have_attribute("inputmode", "text")
    Ide(view.page).console_tab(view.title).tap()
    expect(view.input).to_have_attribute("inputmode", "none")  # the click of the tap has come
    expect(view.input).to_be_focused()
    view.input.evaluate(WATCH_MODE)
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_have_attribute("inputmode", "text")
    expect(view.input).to_be_focused()
    # WebKit shows the keyboard for a change in a field that has the focus, others for a new focus.
    assert view.page.evaluate("seen") == ["text, focused", "focus"]


@pytest.mark.parametrize("name", ["landscape"], indirect=True)
def test_a_pen_or_mouse_in_the_terminal_brings_the_keyboard_too(view: ConsoleView):
    Ide(view.page).console_tab(view.title).tap()
    expect(view.input).to_have_attribute("inputmode", "none")
    view.region.locator(".xterm-screen").click()
    expect(view.input).to_have_attribute("inputmode", "text")
    expect(view.input).to_be_focused()


@pytest.mark.parametrize("way", ["button", "menu"])
def test_what_is_typed_while_a_console_is_started_again_goes_to_its_new_session(
    view: ConsoleView, press: Press, way: str
):
    page, held = view.page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/restart", hold)
    view.run("printf '\\e[?1004h'; exec sh -c 'exit 3'")  # its focus would be reported
    expect(view.region.locator(".console-ended")).to_contain_text("exit 3")
    page.get_by_role("button", name="New file").first.focus()
    start_again = page.get_by_role("button", name="Start again")
    if way == "menu":
        press(page.get_by_role("button", name=f"More actions for console {view.title}"))
        start_again = page.get_by_role("menuitem", name="Start again")
    with page.expect_request("**/restart"):
        press(start_again)
    expect(view.input).to_be_focused()
    page.keyboard.type("echo ear'ly'")
    page.keyboard.press("Enter")
    held[0].continue_()
    view.expect(re.compile(r"started again.*\$ echo ear'ly'\s*early"))
    expect(view.region.get_by_role("status").filter(has_text="not delivered")).to_have_count(0)


def test_what_is_typed_while_a_console_is_made_goes_to_it_and_to_no_other(
    view: ConsoleView, press: Press
):
    page, title, held = view.page, view.title, list[Route]()

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/consoles", hold)
    view.input.focus()
    press(page.get_by_role("button", name="New Bash console").first)
    expect(page.get_by_label("Keys for the new console")).to_be_focused()
    page.keyboard.type("echo ear'ly'")
    page.keyboard.press("Enter")
    with page.expect_response(is_making_a_console) as answer:
        held[0].continue_()
    made = ConsoleView(page, answer.value.json()["title"])
    made.expect(re.compile(r"\$ echo ear'ly'\s*early"))
    expect(made.input).to_be_focused()
    expect(page.get_by_label("Keys for the new console")).to_have_count(0)
    press(page.get_by_role("tablist", name="Consoles").get_by_role("tab", name=title))
    assert "ear" not in view.text()


def test_a_console_that_is_not_made_gives_the_keys_back(view: ConsoleView, press: Press):
    page = view.page
    page.route("**/consoles", lambda route: route.fulfill(status=503, json=NOT_NOW), times=1)
    view.input.focus()
    press(page.get_by_role("button", name="New Bash console").first)
    expect(page.get_by_role("status", name="Notices")).to_contain_text("Not now.")
    expect(view.input).to_be_focused()


def test_a_console_that_does_not_start_again_says_so_and_takes_no_keys(
    view: ConsoleView, press: Press
):
    page = view.page
    page.route("**/restart", lambda route: route.fulfill(status=503, json=NOT_NOW), times=1)
    view.run("exec sh -c 'exit 3'")
    start = view.region.get_by_role("button", name="Start again")
    press(start)
    expect(page.get_by_role("status", name="Notices")).to_contain_text("Not now.")
    view.input.press("x")
    start.press("Enter")  # the notice lies over it
    view.expect(re.compile(r"started again.*\$\s*$"))
