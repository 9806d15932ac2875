"""A terminal on a laptop: typing, control keys, paste, colours, queries, an ended console."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DEVICES
from tests.browser.places import box_of
from tests.browser.terminals import (
    ConsoleView,
    bytes_that_arrive,
    find_bar,
    matches,
    new_console,
    paste,
    remove_consoles,
)
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def page(one_page: Callable[[str], Page]) -> Page:
    return one_page("desktop")


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    page.set_viewport_size(DEVICES["desktop"]["viewport"])
    yield new_console(page)
    remove_consoles(page)
    expect(page.get_by_text("No console is shown here")).to_be_visible()


def test_what_is_typed_runs_and_its_output_is_shown(view: ConsoleView):
    view.run("echo $((6*7))-answer")
    view.expect("42-answer")


def test_the_region_names_the_console(view: ConsoleView):
    console = view.region.get_attribute("data-console-id")
    assert console
    assert view.region.get_attribute("aria-label", timeout=1000).startswith("Console ")


CONTRASTS = r"""() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ratio = (a, b) => Math.max(a, b) / Math.min(a, b);
  const {backgroundColor} = getComputedStyle(document.querySelector('.console-pane'));
  return [...document.querySelectorAll('.xterm-rows span')]
    .filter(it => /^X\d+$/.test(it.textContent))
    .map(it => ratio(light(getComputedStyle(it).color), light(backgroundColor)));
}"""
"""Of each colour that is printed, to the ground."""


def are_readable(page: Page) -> bool:
    found = page.evaluate(CONTRASTS)
    return len(found) == 16 and min(found) >= 4.5


def test_all_sixteen_colours_are_readable_in_both_themes(view: ConsoleView):
    """Black and white too, which are close to one ground each."""
    view.run(r"clear; for n in {30..37} {90..97}; do printf '\e[%smX%s\e[m ' $n $n; done")
    view.expect("X97")
    for scheme in ("dark", "light"):
        view.page.emulate_media(color_scheme=scheme)
        wait_until(lambda: are_readable(view.page), 20, f"all of them: {scheme}")


def test_control_c_ends_what_runs(view: ConsoleView):
    view.sleep()
    view.page.keyboard.press("Control+c")
    view.run("echo status-$?")
    view.expect("status-130")


def test_queries_are_answered_once_and_by_the_keeper(view: ConsoleView):
    view.run(
        # The last answer alone has an n; then a second is left for those that come twice.
        r"clear; stty raw -echo; printf '\033[6n\033[c\033[5n'; IFS= read -rd n -t 20 one; "
        r"IFS= read -rN 99 -t 1 more; stty sane; "
        r"echo $one'n'$more | od -An -c | tr -d ' \n'; printf '\n%s-over\n' all"
    )
    view.expect("all-over")
    text = re.sub(r"\s", "", view.text())
    assert len(re.findall(r"033\[0n", text)) == 1, text
    assert len(re.findall(r"033\[\d+;\d+R", text)) == 1, text
    assert len(re.findall(r"033\[\?[\d;]+c", text)) == 1, text


WIDE = ["漢字かな", "😀🎉", "e\u0301a\u0308", "─│┌█", "한국어", "→…“”", "👍🏽", "❤️", "🇩🇪", "🥲🫠"]


def test_engine_and_terminal_agree_on_widths(view: ConsoleView):
    # The keeper says where its cursor stands; the terminal is sent there and shows a bar.
    view.run(
        f"clear; for text in {' '.join(WIDE)}; do printf '%s' $text; "
        "IFS='[;' read -rs -d R -p $'\\e[6n' _ _ column; "
        "printf '\\e[%sG!\\n' \"$column\"; done; echo ov''er"
    )
    view.expect("over")
    ends = [line.removesuffix("!") for line in view.text().splitlines() if line.endswith("!")]
    assert ends == WIDE


def test_several_lines_are_pasted_bracketed(view: ConsoleView):
    paste(view, "echo one\necho two")
    view.expect("echo two")
    assert "\none" not in view.text()
    view.page.keyboard.press("Enter")
    view.expect(re.compile(r"one.*two", re.DOTALL))


def test_several_lines_for_a_program_that_runs_each_are_shown_first(view: ConsoleView):
    view.start("cat")
    paste(view, "one\ntwo")
    dialog = view.page.get_by_role("dialog", name="Paste 2 lines?")
    expect(dialog.get_by_role("region", name="The lines")).to_have_text("one\ntwo")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(view.input).to_be_focused()
    paste(view, "three\nfour\n")
    dialog.get_by_role("button", name="Paste", exact=True).click()
    view.expect(re.compile(r"three\s*four\s*three\s*four|three\s*three\s*four\s*four"))
    assert "one" not in view.text()
    view.page.keyboard.press("Control+c")


def test_a_paste_cannot_end_itself(view: ConsoleView):
    paste(view, "echo in\x1b[201~\recho out")
    view.expect("echo out")
    view.page.keyboard.press("Enter")
    view.expect("[201~")
    view.expect(re.compile(r"\bout\s*~ \$"))


def test_the_grid_follows_the_pane(view: ConsoleView):
    view.page.set_viewport_size({"width": 900, "height": 800})
    view.run("while :; do printf 'cols=%s;' $(tput cols); sleep 0.3; done")
    width = view.region.evaluate("region => region.clientWidth")
    view.expect(re.compile(rf"cols=({'|'.join(str(c) for c in range(width // 12, width // 8))});"))
    before = re.findall(r"cols=(\d+);", view.text())[-1]
    view.page.set_viewport_size({"width": 1200, "height": 800})
    view.page.wait_for_function(
        """([rows, before]) => {
             const seen = [...rows.textContent.matchAll(/cols=(\\d+);/g)].map(m => m[1]);
             return Number(seen.at(-1)) > Number(before);
           }""",
        arg=[view.rows.element_handle(), before],
    )
    view.input.focus()
    view.page.keyboard.press("Control+c")


def test_a_link_to_anything_but_web_and_mail_does_not_open(view: ConsoleView):
    view.run(r"printf '\033]8;;javascript:alert(1)\033\\danger\033]8;;\033\\ here\n'")
    view.expect("danger here")
    box = box_of(view.rows.get_by_text("danger").last)
    opened = []
    view.page.on("popup", lambda popup: opened.append(popup))  # noqa: PLW0108
    view.page.on("dialog", lambda dialog: opened.append(dialog))  # noqa: PLW0108
    view.page.mouse.move(box["x"] + 5, box["y"] + 5)
    view.page.mouse.click(box["x"] + 5, box["y"] + 5)
    view.run("echo clicked")
    view.expect(re.compile(r"clicked.*clicked", re.DOTALL))
    assert opened == []


def test_an_ended_console_says_how_and_starts_again(view: ConsoleView):
    view.run("mkdir -p 'wörk 1'; cd 'wörk 1'")
    view.expect("~/wörk 1 $")
    view.run("exit 3")
    status = view.region.get_by_role("status").filter(has_text="Ended")
    expect(status).to_contain_text(re.compile(r"Ended \d\d:\d\d, exit 3, after .+\."))
    view.region.get_by_role("button", name="Start again").click()
    expect(status).to_have_count(0)
    view.run("echo again-in-$PWD")
    view.expect("again-in-/home/user/wörk 1")
    view.expect(re.compile(r"exit 3.*started again", re.DOTALL))


def test_rename(view: ConsoleView):
    view.page.get_by_role("tab", selected=True, name=re.compile("Bash")).last.dblclick()
    dialog = view.page.get_by_role("dialog", name="Rename console")
    dialog.get_by_role("textbox").fill("Training <b>")
    dialog.get_by_role("button", name="Rename").click()
    expect(view.page.get_by_role("tab", name="Training <b>", exact=True)).to_be_visible()
    expect(view.page.get_by_role("region", name="Console Training <b>")).to_be_visible()


def test_what_started_this_moment_is_asked_about_too(view: ConsoleView):
    view.start("sleep 300")
    title = (view.region.get_attribute("aria-label") or "").removeprefix("Console ")
    view.page.get_by_role("button", name=f"Close console {title}", exact=True).click()
    view.page.get_by_role("dialog").get_by_role("button", name="Keep running").click()
    expect(view.page.get_by_role("tab", name=title, exact=True)).to_have_count(0)


def test_closing_a_busy_console_asks_and_keeps(view: ConsoleView):
    page = view.page
    view.start("sleep 300")
    title = (view.region.get_attribute("aria-label") or "").removeprefix("Console ")
    expect(page.get_by_role("tab", name=title, exact=True)).to_have_attribute(
        "title", re.compile("running")
    )
    page.get_by_role("button", name=f"Close console {title}", exact=True).click()
    page.get_by_role("button", name="Keep running").click()
    expect(page.get_by_role("tab", name=title, exact=True)).to_have_count(0)
    page.get_by_role("button", name=re.compile(r"^Consoles, \d+ kept running$")).first.click()
    page.get_by_role("menuitem", name=re.compile(f"^{title} .*no.tab$")).click()
    page.get_by_role("button", name=f"Close console {title}", exact=True).click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("tab", name=title, exact=True)).to_have_count(0)


PRINT = "clear; for n in $(seq 300); do echo line $n $((n % 100 == 7)); done | sed 's/1$/fo''und/'"


def test_ctrl_f_finds_in_the_scrollback_and_escape_ends_it(view: ConsoleView):
    view.run(PRINT)
    view.expect("line 300")
    keyboard = view.page.keyboard
    keyboard.press("Control+f")
    expect(find_bar(view).get_by_role("textbox")).to_be_focused()
    keyboard.type("FOUND")
    expect(matches(view)).to_have_text("3 of 3")
    view.expect("line 207 found")
    keyboard.press("Shift+Enter")
    expect(matches(view)).to_have_text("2 of 3")
    view.expect("line 107 found")
    keyboard.press("Enter")
    keyboard.press("Enter")
    expect(matches(view)).to_have_text("1 of 3")
    view.expect("line 7 found")
    keyboard.type("x")
    expect(matches(view)).to_have_text("none")
    keyboard.press("Escape")
    expect(find_bar(view)).to_have_count(0)
    expect(view.input).to_be_focused()
    view.run("echo ty''ped")
    view.expect("typed")


def test_a_full_screen_program_keeps_its_ctrl_f(view: ConsoleView):
    bytes_that_arrive(view, full_screen=True)
    view.page.keyboard.press("Control+f")
    view.expect("<06>")
    view.page.keyboard.press("Control+Shift+F")
    expect(find_bar(view).get_by_role("textbox")).to_be_focused()
    view.page.keyboard.press("Escape")
    expect(view.input).to_be_focused()
    view.page.keyboard.press("q")
    view.expect("over")


def test_of_more_lines_than_are_held_the_search_says_so(view: ConsoleView):
    view.run("clear; echo the fi''rst; seq 100")
    view.expect("100~")
    view.page.keyboard.press("Control+f")
    expect(find_bar(view).get_by_role("textbox")).to_be_focused()
    view.page.keyboard.type("no such words")
    rest = find_bar(view).get_by_text("In the newest 5,000 lines.")
    expect(matches(view)).to_have_text("none")
    expect(rest).to_have_count(0)
    view.page.keyboard.press("Escape")
    view.run("seq 5200; echo ov''er")
    view.expect("5200over")
    view.page.keyboard.press("Control+f")
    expect(find_bar(view).get_by_role("textbox")).to_be_focused()
    view.page.keyboard.type("the first")
    expect(matches(view)).to_have_text("none")
    expect(rest).to_be_visible()
    find_bar(view).get_by_role("button", name="Search all of the output").click()
    output = view.page.get_by_role("region", name="Output of ")
    expect(output.get_by_role("textbox", name="Search the whole output")).to_have_value("the first")
    expect(output.get_by_role("status", name="Found")).to_have_text("1 line")
    output.get_by_role("list", name="Lines found").get_by_role("button").click()
    expect(output.locator(".marked")).to_have_text("the first")
    expect(find_bar(view)).to_have_count(0)
