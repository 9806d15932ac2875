"""The search over everything, as one types it: by key and finger, to the very line."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.page import Ide
from tests.browser.places import box_of
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.waiting import wait_until

TYPE = """(field, text) => {
  for (const letter of text) {
    field.value += letter;
    field.dispatchEvent(new InputEvent("input", {data: letter, bubbles: true}));
  }
}"""
"""Letter by letter, without a pause."""

TYPE_AND_TAP = """([field, row, text]) => {
  field.value = text;
  field.dispatchEvent(new InputEvent("input", {data: text, bubbles: true}));
  row.click();
}"""
"""The tap comes before what is typed is asked for."""

SCROLL_AND_WATCH = """list => {
  list.scrollTop = 700;
  list.stood = [];
  list.addEventListener("scroll", () => list.stood.push(list.scrollTop));
}"""
STOOD = """async list => {
  for (let count = 2; count > 0; count -= 1) await new Promise(requestAnimationFrame);
  return [...new Set([...list.stood, list.scrollTop])];
}"""
"""Wherever it stood since, also for one frame, and what is drawn by now included."""


@pytest.fixture(scope="module")
def signed_in(one_page: Callable[[str], Page]) -> Page:
    return one_page("phone")


@pytest.fixture
def ide(signed_in: Page) -> Iterator[Ide]:
    ide = Ide(signed_in)
    ide.wait_connected()
    yield ide
    assert ide.troubles == []
    signed_in.keyboard.press("Escape")
    remove_consoles(signed_in)


def field(ide: Ide) -> Locator:
    return ide.dialog("Search everything").get_by_role("combobox", name="Search everything")


def said(ide: Ide) -> Locator:
    return ide.dialog("Search everything").get_by_role("status")


def open_search(ide: Ide) -> None:
    ide.button("All commands").tap()
    ide.dialog("Commands").get_by_role("combobox").fill("search every")
    ide.page.keyboard.press("Enter")
    expect(field(ide)).to_be_focused()


def test_a_line_is_found_as_one_types_and_a_tap_leads_to_it(ide: Ide):
    page = ide.page
    view = new_console(page)
    view.run("for i in $(seq 400); do echo nee''dle $i in hay; done")
    view.expect("needle 400 in hay")
    title = view.title
    new_console(page).take_keys()
    page.keyboard.press("Control+k")
    page.keyboard.press("f")
    expect(ide.dialog("Search everything")).to_have_count(0)  # in a console that is the program's
    open_search(ide)
    expect(said(ide)).to_contain_text("in any order")
    field(ide).fill("hay need 123")
    group = ide.dialog("Search everything").get_by_role("group", name=title)
    line = group.get_by_role("option")
    expect(line).to_have_count(1)
    assert line.locator("mark").all_inner_texts() == ["need", "123", "hay"]
    expect(line).to_contain_text(re.compile(r"^\d\d:\d\d"))
    expect(said(ide)).to_have_text(re.compile(r"1 line in 1 console\.$"))
    assert box_of(line)["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    line.tap()
    expect(ide.dialog("Search everything")).to_have_count(0)
    expect(ide.console(title)).to_be_visible()
    expect(ide.console(title)).to_contain_text("needle 123 in hay")


def test_a_tap_on_a_command_leads_to_its_lines(ide: Ide):
    view = new_console(ide.page)
    # What it printed has none of the words, and is far above what is in sight afterwards.
    view.run("printf 'bul''let-%s\\n' {1..3}")
    view.expect("bullet-3")
    view.run("seq 1000 1400")
    view.expect(re.compile(r"1400\s*~ \$"))
    expect(view.rows).not_to_contain_text("bullet")
    title = view.title
    new_console(ide.page)
    # It is written down a moment after its end, or when somebody asks for it.
    wait_until(lambda: "let-%s" in ide.api("GET", "cards")["text"], 30, "the command")
    open_search(ide)
    field(ide).fill("printf let")
    command = ide.dialog("Search everything").get_by_role("group", name="Commands")
    line = command.get_by_role("option")
    expect(line).to_contain_text("printf 'bul''let-%s\\n' {1..3}")
    expect(line.locator("mark")).to_have_text(["printf", "let"])
    line.tap()
    expect(ide.dialog("Search everything")).to_have_count(0)
    expect(ide.console(title)).to_be_visible()
    view.expect("printf")
    view.expect(re.compile("bullet-1bullet-2bullet-3"))


def test_a_tap_on_a_title_opens_its_console(ide: Ide):
    page = ide.page
    view = new_console(page)
    console = view.region.get_attribute("data-console-id")
    renamed = {"body": '{"title": "Night shift"}', "headers": {"Content-Type": "application/json"}}
    ide.api("PATCH", f"consoles/{console}", **renamed)
    view = ConsoleView(page, "Night shift")
    view.run("exit")
    expect(view.region.get_by_role("button", name="Start again")).to_be_visible()
    ide.button("Close console Night shift").tap()
    expect(ide.console_tab("Night shift")).to_have_count(0)
    new_console(page)
    open_search(ide)
    field(ide).fill("shift nig")
    expect(said(ide)).to_contain_text("1 title.")
    name = ide.dialog("Search everything").get_by_role("group", name="Night shift")
    expect(name.get_by_role("option").locator("mark")).to_have_text(["Nig", "shift"])
    name.get_by_role("option").tap()
    expect(ide.dialog("Search everything")).to_have_count(0)
    expect(ide.console_tab("Night shift")).to_have_attribute("aria-selected", "true")
    expect(ide.console("Night shift")).to_contain_text("exit")


def test_keys_choose_more_comes_and_stale_answers_are_dropped(ide: Ide):
    page = ide.page
    view = new_console(page)
    view.run("for i in $(seq 30); do echo 'ca''t' $i; done")
    view.expect("cat 30")
    open_search(ide)
    field(ide).fill("")  # it begins with what was searched for last
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        query = route.request.url.partition("?")[2]
        if "&" in query:  # more of a console
            return route.continue_()
        asked.append(query)
        return held.append(route)

    def let_go() -> None:
        wait_until(lambda: page.evaluate("true") and held, 30, "it is asked for")
        held.pop().continue_()

    page.route("**/search?*", hold)
    # In one go: keys that a busy machine spaces out are asked for one by one.
    field(ide).evaluate(TYPE, "seq ca")
    options = ide.dialog("Search everything").get_by_role("option")
    wait_until(lambda: page.evaluate("true") and held, 30, "it is asked for")
    field(ide).fill("ca")
    page.keyboard.press("Enter")  # of what is not answered yet nothing is taken
    let_go()
    let_go()
    expect(said(ide)).to_contain_text(re.compile(r"\d+\+? lines in 1 console"))
    assert asked == ["q=seq+ca", "q=ca"]
    expect(options.last).to_have_text("More lines of this console")
    before = options.count()
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(options.nth(before + 5)).to_be_attached()
    field(ide).fill("cat 30")
    page.keyboard.press("Enter")  # of what is not found yet nothing is taken
    let_go()
    expect(options).to_have_count(1)
    page.unroute("**/search?*")
    field(ide).fill("qqqq")
    expect(said(ide)).to_have_text("Nothing found that has all of these words in one line.")
    field(ide).fill("***")
    expect(ide.dialog("Search everything").get_by_role("alert")).to_contain_text("one letter")
    field(ide).fill("")
    expect(said(ide)).to_contain_text("in any order")
    page.keyboard.press("Escape")
    expect(ide.dialog("Search everything")).to_have_count(0)


def test_more_lines_are_those_of_the_search_that_is_shown(ide: Ide):
    page = ide.page
    group = {"console": "c", "title": "One", "state": "ended", "epoch": "e", "title_parts": None}
    asked: list[str] = []

    def answer(route: Route) -> None:
        query = route.request.url.partition("?")[2]
        asked.append(query)
        at = 4 if "&" in query else 5
        hit = {"at": at, "end": at, "time": 1, "parts": ["", query.partition("&")[0], f" {at}"]}
        found = {**group, "hits": [hit], "count": 2, "more": at == 5, "left": None}
        said = {"unsearched": [], "failed": "", "commands": []}
        route.fulfill(json={"consoles": [found], **said})

    page.route("**/search?*", answer)
    open_search(ide)
    field(ide).fill("old")
    options = ide.dialog("Search everything").get_by_role("option")
    expect(options.last).to_have_text("More lines of this console")
    handles = [field(ide).element_handle(), options.last.element_handle(), "old new"]
    page.evaluate(TYPE_AND_TAP, handles)
    expect(options.first).to_contain_text("q=old+new 5")
    assert "q=old&console=c&limit=50&before=5" in asked
    assert not [query for query in asked if query.startswith("q=old+new&")]
    page.unroute("**/search?*")
    field(ide).fill("")  # the next search begins with what was searched for last


def test_a_search_without_time_for_all_goes_on_by_itself_and_says_how_far_it_is(ide: Ide):
    page = ide.page
    group = {"console": "c", "title": "Old", "state": "ended", "epoch": "e", "title_parts": None}
    empty = {"hits": [], "count": 0, "more": True}
    hit = {"at": 5, "end": 9, "time": 1_700_000_000, "parts": ["", "rare", " and ", "far", ""]}
    answers = [
        [{**group, **empty, "left": {"at": 90_000, "time": 1_700_000_900}}],
        [{**group, **empty, "left": {"at": 40_000, "time": 1_700_000_400}}],
        [{**group, "hits": [hit], "count": 1, "more": False, "left": None}],
    ]
    asked: list[str] = []
    refused = [False, True, False]

    def answer(route: Route) -> None:
        asked.append(route.request.url.partition("?")[2])
        if refused.pop(0):
            route.fulfill(
                status=429, json={"error": {"code": "too_many", "message": "Two searches"}}
            )
            return
        said = {"unsearched": [], "failed": "", "commands": []}
        route.fulfill(json={"consoles": answers.pop(0), **said})

    page.route("**/search?*", answer)
    open_search(ide)
    field(ide).fill("far rare")
    option = ide.dialog("Search everything").get_by_role("option")
    expect(said(ide)).to_contain_text("Searched back to Nov 14")
    expect(option).to_have_text("Search on")
    alert = ide.dialog("Search everything").get_by_role("alert")
    expect(alert).to_have_text("Two searches")
    assert asked == ["q=far+rare", "q=far+rare&console=c&before=90000"]
    refused += [False]
    option.tap()
    expect(option).to_contain_text("rare and far")
    expect(alert).to_have_count(0)
    expect(said(ide)).to_have_text("1 line in 1 console.")
    assert asked[3:] == ["q=far+rare&console=c&before=40000"]
    page.unroute("**/search?*")
    ide.troubles.clear()  # the refusal


def test_a_list_that_somebody_scrolls_stays_there_while_the_search_goes_on(ide: Ide):
    page = ide.page
    group = {"state": "ended", "epoch": "e", "title_parts": None}
    hits = [{"at": at, "end": at, "time": 1, "parts": ["", "rare"]} for at in range(60, 0, -1)]
    full = {**group, "console": "c", "title": "New", "hits": hits, "count": 60, "more": False}
    empty = {**group, "console": "d", "title": "Old", "hits": [], "count": 0, "more": True}
    left = [90, 80, 70, 70]
    waiting: list[Route] = []

    def answer(*consoles: dict) -> None:
        # A route is heard of while the page is asked something.
        wait_until(lambda: page.evaluate("true") and waiting, 10, "a search")
        pending = {**empty, "left": {"at": left.pop(0), "time": 1}}
        said = {"unsearched": [], "failed": "", "commands": []}
        waiting.pop().fulfill(json={"consoles": [*consoles, pending], **said})

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/search?q=rare*", hold)
    open_search(ide)
    field(ide).fill("rare")
    answer({**full, "left": None})
    options = ide.dialog("Search everything").get_by_role("option")
    expect(options).to_have_count(60)
    expect(options.first).to_have_attribute("aria-selected", "true")
    shown = page.locator("#everything-list")
    shown.evaluate(SCROLL_AND_WATCH)
    for _ in range(3):
        answer()
    expect(options.last).to_have_text("Search on")  # the last piece came no further
    assert shown.evaluate(STOOD) == [700]
    assert waiting == []
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_be_in_viewport()
    page.unroute("**/search?q=rare*")
    page.keyboard.press("Escape")
