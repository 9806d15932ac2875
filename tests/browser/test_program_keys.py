"""Keys for the program in the console, arrows that are a stick, and keys in one's own order."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, Fingers, new_console, remove_consoles, strike
from tests.waiting import wait_until

PLAIN = ["Esc", "Tab", "Ctrl", "Alt", "Shift", "Left", "Down", "Up", "Right"]
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1180, "height": 820}


@pytest.fixture(scope="module")
def page(one_page: Callable[[str], Page]) -> Page:
    return one_page("landscape")


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    view = new_console(page)
    touch(view)
    yield view
    remove_consoles(page)


def touch(view: ConsoleView) -> None:
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()
    expect(row(view.page)).to_be_visible()


def row(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Extra keys")


def key(page: Page, name: str) -> Locator:
    return row(page).get_by_role("button", name=name, exact=True)


def names(page: Page) -> list[str]:
    keys = row(page).locator(".key-scroller button")
    return list(keys.evaluate_all("all => all.map(key => key.ariaLabel)"))


def begins(page: Page, *first: str) -> None:
    """Wait until the row's first keys are these."""
    wait_until(lambda: names(page)[: len(first)] == [*first], 20, f"the first keys: {first}")


def run_as(view: ConsoleView, name: str) -> None:
    """Run a program of this name that shows each byte it reads, in hex, until `q`."""
    loop = 'while IFS= read -rN1 c; do printf "<%02x>" "\\"$c"; [ "$c" = q ] && break; done'
    program = f"stty raw -echo; echo it-$0; {loop}; stty sane"
    view.run(f"(exec -a {name} bash -c '{program}' runs); echo over")
    view.expect("it-runs")
    touch(view)  # typing has put the row away


def test_a_program_brings_its_keys_and_takes_them_along(view: ConsoleView):
    page = view.page
    begins(page, *PLAIN)
    run_as(view, "vim")
    expect(key(page, "Save")).to_be_attached()
    begins(page, *PLAIN, "Program keys", "Save")  # none in front of them moves
    assert len(set(names(page))) == len(names(page))
    expect(row(page).get_by_role("button", name="Next keys")).to_be_visible()
    strike(key(page, "Save"))
    view.expect("<1b><1b><3a><77><0a>")  # Bash reads a Return as the end of a line
    page.set_viewport_size(NARROW)
    strike(key(page, "More keys"))
    begins(page, "Compose", "Paste", "Show keyboard", "Program keys", "Save")
    assert len(set(names(page))) == len(names(page))
    strike(key(page, "More keys"))
    page.set_viewport_size(WIDE)
    expect(key(page, "Shift")).to_be_attached()
    box = box_of(key(page, "Up"))
    finger, x, y = Fingers(page), box["x"] + 20, box["y"] + 20
    finger.at((x, y))
    finger.at((x + 30, y))
    finger.at((x + 60, y))
    view.expect("<1b><5b><43><1b><5b><43>")  # it points to the right, and goes on
    finger.lift()
    page.keyboard.type("yz")
    view.expect("<79><7a>")
    page.keyboard.type("q")
    view.expect("over")
    touch(view)
    expect(key(page, "Save")).to_have_count(0)
    view.run("(printf '(P%s) ' db; exec cat)")
    touch(view)
    expect(key(page, "Step in")).to_be_attached()
    strike(key(page, "Next line"))
    view.expect("(Pdb) nn")  # its echo, and a line further what `cat` says
    expect(key(page, "Step in")).to_be_attached()  # between two prompts it is one still
    strike(key(page, "Ctrl"))
    page.keyboard.insert_text("d")
    expect(key(page, "Step in")).to_have_count(0)


def test_a_pager_at_the_end_of_a_pipe_keeps_its_keys_while_it_shows_help(view: ConsoleView):
    shows = r"printf '\e[?1049h:'; read -rN1; printf '\rHELP '; sleep 1; printf later; read -rN1"
    view.run(f'true | bash -c "exec </dev/tty; {shows}"; printf "\\e[?1049l"')
    touch(view)
    strike(key(view.page, "Help"))
    view.expect("HELP later")  # the row has looked at the screen between the two
    expect(key(view.page, "Help")).to_be_attached()
    strike(key(view.page, "Quit"))
    expect(key(view.page, "Help")).to_have_count(0)


def choose(page: Page, name: str) -> None:
    key(page, "Program keys").evaluate("button => button.scrollIntoView()")
    key(page, "Program keys").tap()
    menu = page.get_by_role("toolbar", name="More of Program keys")
    menu.get_by_role("button", name=f"Program keys: {name}").tap()
    expect(menu).to_have_count(0)


def test_the_keys_of_a_program_are_pinned_or_switched_off(view: ConsoleView):
    page = view.page
    strike(key(page, "More keys"))
    choose(page, "less")
    strike(key(page, "More keys"))
    expect(key(page, "Next page")).to_be_attached()
    choose(page, "Off")
    expect(key(page, "Next page")).to_have_count(0)
    run_as(view, "less")
    view.run("x")
    view.expect("<78>")
    touch(view)
    begins(page, *PLAIN)
    expect(key(page, "Next page")).to_have_count(0)
    strike(key(page, "More keys"))
    choose(page, "Auto")
    strike(key(page, "More keys"))
    expect(key(page, "Next page")).to_be_attached()
    strike(key(page, "Quit"))
    view.expect("over")
    expect(key(page, "Next page")).to_have_count(0)


def test_keys_are_put_in_another_order_that_is_kept(page: Page):
    ide = Ide(page)
    touch(new_console(page))
    other = {"body": '{"theme": "light"}', "headers": {"Content-Type": "application/json"}}
    assert ide.api("PUT", "../../prefs", **other)["status"] == 200  # by another device, meanwhile
    ide.account("Arrange the key row…")
    dialog = ide.dialog("Key row")
    keys = dialog.get_by_role("group", name="Keys", exact=True).get_by_role("button")
    status = dialog.get_by_role("status")
    one = keys.and_(page.get_by_label("Pipe", exact=True))
    one.tap()
    wait_until(lambda: small(page) == nameless(page) == beyond(page) == [], 20, "all in reach")
    keys.first.tap()  # Esc gives its place
    expect(status).to_have_text("Pipe is key 1 of 67.")
    expect(one).to_be_focused()
    for pressed in ("ArrowRight", "ArrowRight", "Enter"):  # to Tab
        page.keyboard.press(pressed)
    dialog.get_by_role("button", name="← Earlier").press("Enter")
    expect(status).to_have_text("Tab is key 2 of 67.")
    with page.expect_response(lambda answer: '["Tab","Pipe"' in (answer.request.post_data or "")):
        dialog.get_by_role("button", name="← Earlier").press("Enter")
    dialog.get_by_role("button", name="Done").tap()
    touch(ConsoleView(page))
    begins(page, "Tab", "Pipe", "Esc", "Ctrl")
    page.reload()
    ide.wait_connected()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    touch(ConsoleView(page))
    begins(page, "Tab", "Pipe", "Esc", "Ctrl")
    page.set_viewport_size(NARROW)
    expect(key(page, "Shift")).to_have_count(0)
    begins(page, "Esc", "Tab", "Ctrl", "Left")  # narrow screens have their own
    page.set_viewport_size(WIDE)
    ide.account("Arrange the key row…")
    dialog.get_by_role("button", name="Reset").tap()
    expect(keys.first).to_have_attribute("aria-label", "Esc")
    page.keyboard.press("Escape")
    touch(ConsoleView(page))
    begins(page, *PLAIN)
    assert ide.troubles == []
