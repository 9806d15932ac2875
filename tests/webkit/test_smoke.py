"""The page in real WebKit: sign in, type, Ctrl+C, come back after a cut, drag a divider."""

import re
from collections.abc import Callable

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.server import OWNER, Server
from tests.waiting import wait_until

SECONDS = 40.0
# A shell keeps an interrupt to itself that comes between its fork and a program's start.
SLEEP = "sh -c 'printf \"$0-%s \" runs; exec sleep 300'"
Web = webdriver.WebKitGTK


@pytest.fixture(autouse=True)
def _picture(picture: None) -> None:
    pass


def is_gone(page: Web, css: str) -> bool:
    """Whether nothing is there; the driver itself stumbles over what goes just then."""
    return page.execute_script("return document.querySelector(arguments[0]) === null", css)


def found(web: Web, css: str) -> WebElement:
    """Wait for an element and return it."""

    def look() -> WebElement | None:
        try:
            return web.find_element(By.CSS_SELECTOR, css)
        except (NoSuchElementException, StaleElementReferenceException):
            return None

    return wait_until(look, SECONDS, css)


def press(web: Web, css: str) -> None:
    """Wait for a button and click it by script: the driver clicks where it was if it moves."""
    web.execute_script("arguments[0].click()", found(web, css))


def screen(web: Web) -> str:
    """The text of the terminal in front, rows joined."""
    try:
        rows = web.find_element(By.CSS_SELECTOR, ".console-pane .xterm-rows")
        return web.execute_script("return arguments[0].textContent", rows).replace("\xa0", " ")
    except (NoSuchElementException, StaleElementReferenceException):
        return ""


def shows(web: Web, pattern: str) -> Callable[[], bool]:
    return lambda: re.search(pattern, screen(web)) is not None


@pytest.fixture(scope="module")
def page(webkit: Web, server: Server) -> Web:
    """Signed in, with a prompt."""
    webkit.get(server.url)
    found(webkit, "form input[type=password]")
    inputs = webkit.find_elements(By.CSS_SELECTOR, "form input:not([type=hidden])")
    for field, text in zip(inputs, OWNER, strict=True):
        field.send_keys(text)
    webkit.find_element(By.CSS_SELECTOR, "form button").click()
    wait_until(shows(webkit, r"\$"), SECONDS, "a prompt")
    return webkit


def type_line(web: Web, line: str) -> None:
    """Focus the terminal, once a dialog that closes lets go of the keys, and type; then Enter."""
    wait_until(lambda: web.execute_script(_TAKE_KEYS), SECONDS, "the keys in the terminal")
    ActionChains(web).send_keys(line, Keys.ENTER).perform()


_TAKE_KEYS = """
  const field = document.querySelector('.xterm-helper-textarea');
  field.focus();
  return document.activeElement === field;
"""


def test_typing_runs_and_shows(page: Web):
    type_line(page, 'clear; echo "Hi #$((40+2))" | wc -c')
    wait_until(shows(page, r"\b7\b"), SECONDS, "7")


def test_a_command_has_a_mark_with_a_menu(page: Web):
    type_line(page, "(exit 3)")
    mark = found(page, ".card-mark[aria-label^='(exit 3): failed (3) after']")
    page.execute_script("arguments[0].click()", mark)
    menu = found(page, "dialog [role=menu]")
    wait_until(lambda: "Failed (3) after" in menu.text, SECONDS, "what is said of it")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()


def test_control_c_reaches_the_program(page: Web):
    type_line(page, f"clear; {SLEEP} one")
    wait_until(shows(page, "one-runs"), SECONDS, "the program")
    ActionChains(page).key_down(Keys.CONTROL).send_keys("c").key_up(Keys.CONTROL).perform()
    type_line(page, "echo status-$?")
    wait_until(shows(page, "status-130"), SECONDS, "status-130")


def test_control_c_with_the_code_of_enter_reaches_the_program(page: Web):
    type_line(page, f"clear; {SLEEP} two")
    wait_until(shows(page, "two-runs"), SECONDS, "the program")
    page.execute_script(
        """
        const field = document.querySelector('.xterm-helper-textarea');
        const init = {key: 'c', code: 'KeyC', ctrlKey: true, bubbles: true, cancelable: true};
        for (const name of ['keydown', 'keypress']) {
          const event = new KeyboardEvent(name, init);
          Object.defineProperty(event, 'keyCode', {value: 13});
          field.dispatchEvent(event);
        }
        """
    )
    type_line(page, "echo again-$?")
    wait_until(shows(page, "again-130"), SECONDS, "again-130")


def test_a_cut_link_is_resumed_without_a_lost_or_doubled_number(page: Web):
    # Sockets opened from here on are remembered; the first is made by cutting the one there is.
    page.execute_script(
        """
        window.sockets = [];
        const Real = window.WebSocket;
        window.WebSocket = class extends Real {
          constructor(...args) { super(...args); window.sockets.push(this); }
          send(...args) { return super.send(...args); }
        };
        const send = Real.prototype.send;
        Real.prototype.send = function (data) {
          if (!window.sockets.includes(this)) window.sockets.push(this);
          return send.call(this, data);
        };
        """
    )
    type_line(page, "clear; for i in {1..40}; do printf n$i.; sleep 0.1; done; echo ov''er")
    for seen in (5, 20):
        wait_until(shows(page, rf"n{seen}\."), SECONDS, f"n{seen}.")
        page.execute_script("window.sockets.at(-1).close()")
    type_line(page, "echo typed-$((2+3))")  # perhaps before the link is back
    wait_until(shows(page, r"n40\.\s*over"), SECONDS, "over")
    wait_until(shows(page, "typed-5"), SECONDS, "what was typed meanwhile")
    assert screen(page).count("typed-5") == 1
    numbers = [int(n) for n in re.findall(r"n(\d+)\.", screen(page))]
    assert numbers == list(range(1, 41))


def first_row(web: Web) -> str:
    """The terminal's row at the upper edge, once what was asked for is drawn."""
    return web.execute_async_script(
        """
        const [done] = arguments;
        const look = (frames) => frames > 0 ? requestAnimationFrame(() => look(frames - 1))
            : done(document.querySelector('.console-pane .xterm-rows > div').textContent);
        look(5);
        """
    )


HEAR_OF_HIDING = """
  window.heard = false;
  document.addEventListener('visibilitychange', () => { window.heard = document.hidden; });
"""
"""The page's own listener was there before, so it has heard of it too."""


def test_a_window_that_is_put_away_comes_back_as_it_was(page: Web):
    type_line(page, "clear; seq -f 'line %g.' 200")
    wait_until(shows(page, r"line 200\."), SECONDS, "line 200")
    for _ in range(3):
        ActionChains(page).key_down(Keys.SHIFT).send_keys(Keys.PAGE_UP).key_up(Keys.SHIFT).perform()
    wait_until(lambda: "line 200." not in screen(page), SECONDS, "lines above")
    line, size = first_row(page), page.get_window_size()
    page.execute_script(HEAR_OF_HIDING)
    page.minimize_window()
    wait_until(lambda: page.execute_script("return window.heard"), SECONDS, "it is hidden")
    page.execute_script("document.activeElement.blur()")  # as some releases of tablets do
    page.set_window_size(size["width"], size["height"])
    wait_until(lambda: not page.execute_script("return document.hidden"), SECONDS, "it is back")
    wait_until(lambda: has_focus(page, ".xterm-helper-textarea"), SECONDS, "the keys")
    assert page.execute_script("return document.activeElement.inputMode") == "none", "no keyboard"
    wait_until(lambda: first_row(page) == line, SECONDS, line)
    ActionChains(page).send_keys("echo back-$((2+3))", Keys.ENTER).perform()
    wait_until(shows(page, "back-5"), SECONDS, "what was typed")
    assert screen(page).count("back-5") == 1


def test_a_divider_moves_by_pointer_and_by_key(page: Web):
    divider = found(page, "[role=separator][aria-label='Divider between panes']")
    before = int(divider.get_attribute("aria-valuenow") or 0)
    ActionChains(page).click_and_hold(divider).move_by_offset(0, -60).release().perform()
    value = lambda: int(divider.get_attribute("aria-valuenow") or 0)  # noqa: E731
    wait_until(lambda: value() < before, SECONDS, "the divider moved up")
    dragged = value()
    page.execute_script("arguments[0].focus()", divider)
    ActionChains(page).send_keys(Keys.ARROW_DOWN).perform()
    wait_until(lambda: value() > dragged, SECONDS, "the divider moved down")


def test_title_and_progress_of_a_program_are_on_its_tab(page: Web):
    # No program besides the shell: the prompt that follows one takes the progress away.
    type_line(page, r"printf '\e[H\e[2J\e]2;making\a\e]9;4;1;40\a'")
    tab = found(page, ".console-tab")
    wait_until(lambda: tab.get_attribute("aria-label") == "making", SECONDS, "the title")
    bar = found(page, ".console-progress[role=progressbar]")
    wait_until(lambda: bar.get_attribute("aria-valuetext") == "40 %", SECONDS, "the progress")
    type_line(page, r"clear; printf '\e]2;\a\e]9;4;0\a'; echo un''titled")
    wait_until(shows(page, "untitled"), SECONDS, "untitled")


def test_ctrl_f_finds_what_was_printed(page: Web):
    type_line(page, "clear; seq -f 'line-%g' 200; echo needle''-end")
    wait_until(shows(page, "needle-end"), SECONDS, "the output")
    ActionChains(page).key_down(Keys.CONTROL).send_keys("f").key_up(Keys.CONTROL).perform()
    field = found(page, ".console-find input")
    wait_until(lambda: page.switch_to.active_element == field, SECONDS, "the focus")
    ActionChains(page).send_keys("LINE-77").perform()
    wait_until(shows(page, "line-77"), SECONDS, "the match in sight")
    count = found(page, ".console-find-count")
    wait_until(lambda: count.text == "1 of 1", SECONDS, "the count")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, ".console-find"), SECONDS, "no search")


def test_a_program_offers_text_and_a_click_takes_the_offer_away(page: Web):
    type_line(page, r"clear; printf '\e]52;c;d8O2cmQ=\a'")
    offer = found(page, ".console-offer")
    wait_until(lambda: "“wörd”" in offer.text, SECONDS, "what is offered")
    offer.find_element(By.TAG_NAME, "button").click()
    wait_until(lambda: is_gone(page, ".console-offer"), SECONDS, "no offer")


REFUSALS = """
  window.refusals = [];
  const write = navigator.clipboard.writeText.bind(navigator.clipboard);
  navigator.clipboard.writeText = text => write(text).catch(error => {
    refusals.push(error.name);
    throw error;
  });
"""
"""Note why the clipboard was not written."""


def test_a_finger_that_stays_on_a_word_selects_it_and_a_click_copies_it(page: Web):
    sheet = select_printed(page, "some-word")
    copy = sheet.find_element(By.CSS_SELECTOR, "button.primary")
    page.execute_script(REFUSALS)
    page.execute_script("arguments[0].click()", copy)  # no gesture
    note = sheet.find_element(By.CSS_SELECTOR, "[role=status]")
    wait_until(lambda: "does not let this page copy" in note.text, SECONDS, "a word on it")
    assert page.execute_script("return refusals.splice(0)") == ["NotAllowedError"]
    copy.click()
    wait_until(lambda: "Copied: 9 characters." in notices(page), SECONDS, "the copy")
    assert page.execute_script("return refusals") == []
    assert not page.find_elements(By.CSS_SELECTOR, ".copy-mode")
    field = page.find_element(By.CSS_SELECTOR, ".xterm-helper-textarea")
    wait_until(lambda: page.switch_to.active_element == field, SECONDS, "the focus")


def notices(web: Web) -> str:
    return web.execute_script("return document.querySelector('.notices')?.innerText ?? ''")


def select_printed(web: Web, word: str) -> WebElement:
    """Have a word printed alone and selected by a finger; returns the sheet to copy it from."""
    type_line(web, f"clear; echo {word[0]}''{word[1:]}")
    wait_until(shows(web, word), SECONDS, "the word")
    sheet = hold_a_finger_on_the_first_row(web)
    selected = lambda: web.execute_script("return getSelection().toString()")  # noqa: E731
    wait_until(lambda: selected() == word, SECONDS, "the selection")
    return sheet


def hold_a_finger_on_the_first_row(web: Web) -> WebElement:
    """Put a finger down, leave it there until the text to select from is there, and lift it."""
    send = """
        const {left, top} = document.querySelector('.xterm-rows').getBoundingClientRect();
        const at = {clientX: left + 20, clientY: top + 8, pointerType: 'touch', bubbles: true};
        document.querySelector('.console-terminal').dispatchEvent(
          new PointerEvent(arguments[0], {...at, pointerId: 5}));
    """
    web.execute_script(send, "pointerdown")
    sheet = found(web, ".copy-mode")
    web.execute_script(send, "pointerup")
    return sheet


def test_a_turned_tablet_and_a_keyboard_leave_the_last_line_in_sight(page: Web):
    size, inner = page.get_window_size(), page.execute_script(_INNER)
    type_line(page, "clear; seq 200; echo l''ast")
    for width, height in ((1180, 820), (820, 1180), (1180, 460)):
        page.set_window_size(width, height)
        assert wait_until(lambda: page.execute_script(_LAST_IN_SIGHT, "last"), SECONDS, "in sight")
    page.set_window_size(size["width"], size["height"])
    wait_until(lambda: page.execute_script(_INNER) == inner, SECONDS, "as large as before")
    page.execute_async_script(_PAINTED)  # the panes have moved, and no field loses its keys
    type_line(page, "echo l''ater")
    page.execute_script(
        """
        Object.defineProperty(visualViewport, 'height', {get: () => 400, configurable: true});
        visualViewport.dispatchEvent(new Event('resize'));
        """
    )
    box = found(page, "#app")
    wait_until(lambda: box.rect["height"] == 400, SECONDS, "the box is smaller")
    wait_until(lambda: page.execute_script(_LAST_IN_SIGHT, "later"), SECONDS, "in sight")
    page.execute_script(
        "delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize'))"
    )
    wait_until(lambda: box.rect["height"] > 400, SECONDS, "the room came back")


_INNER = "return [innerWidth, innerHeight]"
_PAINTED = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
_LAST_IN_SIGHT = """
  const rows = [...document.querySelectorAll('.console-pane .xterm-rows > div')];
  const row = rows.findLast(row => row.textContent.trim() === arguments[0]);
  const box = row?.getBoundingClientRect();
  return box && box.bottom <= Math.min(innerHeight, visualViewport.height) && box.top >= 0
    && document.querySelector('#app').scrollWidth <= innerWidth
    && rows[0].getBoundingClientRect().right <= innerWidth;
"""


def hold_a_finger_on(web: Web, button: WebElement) -> None:
    """Put one down and leave it there: WebKit then says nothing more."""
    web.execute_script(
        """
        const {left, top, width, height} = arguments[0].getBoundingClientRect();
        const at = {clientX: left + width / 2, clientY: top + height / 2, pointerType: "touch"};
        arguments[0].dispatchEvent(new PointerEvent("pointerdown", {...at, bubbles: true}));
        """,
        button,
    )


def key(web: Web, name: str) -> WebElement:
    """A key of the key row."""
    return found(web, f".key-bar button[aria-label='{name}']")


def has_focus(web: Web, css: str) -> bool:
    return web.switch_to.active_element == web.find_element(By.CSS_SELECTOR, css)


def test_ctrl_of_the_key_row_holds_and_the_focus_stays(page: Web):
    page.execute_script("localStorage.setItem('key-row', 'always')")
    page.refresh()
    wait_until(shows(page, r"\$"), SECONDS, "a prompt")
    type_line(page, f"clear; {SLEEP} six")
    wait_until(shows(page, "six-runs"), SECONDS, "the program")
    key(page, "Ctrl").click()
    held = lambda: key(page, "Ctrl").get_attribute("aria-pressed")  # noqa: E731
    wait_until(lambda: held() == "true", SECONDS, "it holds")
    assert has_focus(page, ".xterm-helper-textarea")
    ActionChains(page).send_keys("c").perform()
    type_line(page, "echo sticky-$?")
    wait_until(shows(page, "sticky-130"), SECONDS, "sticky-130")
    wait_until(lambda: held() == "false", SECONDS, "it holds for one key")


COMPOSITION = """
  const field = document.querySelector('.xterm-helper-textarea');
  field.focus();
  const tell = (name, data) =>
    field.dispatchEvent(new CompositionEvent(name, {data, bubbles: true}));
  const before = field.value;
  tell('compositionstart', '');
  for (const step of arguments[0]) {
    field.value = before + step;
    tell('compositionupdate', step);
  }
  const data = arguments[0].at(-1);
  tell('compositionend', data);
  const init = {data, inputType: 'insertFromComposition', bubbles: true, composed: true};
  field.dispatchEvent(new InputEvent('input', init));
"""


def test_what_is_composed_with_an_input_method_arrives_once(page: Web):
    type_line(page, "clear")
    ActionChains(page).send_keys("echo ").perform()
    for steps, shown in (
        (["に", "にほん", "日本"], "echo 日本"),
        (["n", "ni h", "你好"], "日本你好"),
    ):
        page.execute_script(COMPOSITION, steps)
        wait_until(shows(page, shown), SECONDS, shown)
    ActionChains(page).send_keys(Keys.ENTER).perform()
    wait_until(shows(page, r"你好\s*日本你好"), SECONDS, "the echo")
    assert screen(page).count("日本") == 2


def test_the_compose_line_sends_and_keeps_the_focus(page: Web):
    key(page, "Compose").click()
    field = found(page, ".compose textarea")
    wait_until(lambda: page.switch_to.active_element == field, SECONDS, "the focus")
    ActionChains(page).send_keys("echo com'posed'").perform()
    found(page, "button[aria-label='Send and Enter']").click()
    wait_until(shows(page, "composed"), SECONDS, "the echo")
    assert has_focus(page, ".compose textarea")
    assert field.get_attribute("value") == ""
    assert field.get_attribute("autocorrect") == "off"
    found(page, "button[aria-label='Close the compose line']").click()
    wait_until(lambda: has_focus(page, ".xterm-helper-textarea"), SECONDS, "the terminal again")


def test_the_paste_key_pastes_at_a_click_and_else_asks_for_the_text(page: Web):
    sheet = select_printed(page, "copied-word")
    sheet.find_element(By.CSS_SELECTOR, "button.primary").click()
    wait_until(lambda: is_gone(page, ".copy-mode"), SECONDS, "the copy")
    key(page, "Paste").click()
    wait_until(shows(page, r"\$ copied-word"), SECONDS, "the paste")
    page.execute_script("arguments[0].click()", key(page, "Paste"))  # no gesture
    found(page, "dialog textarea[aria-label='Text to paste']")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, "dialog"), SECONDS, "it closes")
    ActionChains(page).key_down(Keys.CONTROL).send_keys("u").key_up(Keys.CONTROL).perform()


def test_a_bell_is_set_by_one_press_and_a_notice_says_that_it_rang(page: Web):
    type_line(page, "clear; printf 'ru''ns '; head -n 1")
    wait_until(shows(page, "runs"), SECONDS, "the program")
    tell = "button[aria-label='Tell me when it finishes']"
    press(page, tell)
    found(page, f"{tell}[aria-pressed='true']")
    type_line(page, "")
    wait_until(lambda: "finished after" in notices(page), SECONDS, "the notice")
    wait_until(lambda: is_gone(page, tell), SECONDS, "nothing runs")


def test_the_palette_opens_by_key_and_gives_the_focus_back(page: Web):
    ActionChains(page).send_keys(Keys.F1).perform()
    found(page, ".palette input")
    wait_until(lambda: has_focus(page, ".palette input"), SECONDS, "the focus")
    ActionChains(page).send_keys("theme dark").perform()
    option = "#palette-0"
    wait_until(lambda: found(page, option).text.startswith("Theme: dark"), SECONDS, "the choice")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, "dialog"), SECONDS, "it closes")
    wait_until(lambda: has_focus(page, ".xterm-helper-textarea"), SECONDS, "the terminal again")
    page.execute_script("localStorage.removeItem('key-row')")
    page.refresh()
    wait_until(shows(page, r"\$"), SECONDS, "a prompt")


def choose(page: Web, label: str) -> None:
    """Take the entry of a menu that opens, once it is in sight."""
    of_menu = lambda: page.find_elements(By.CSS_SELECTOR, "[role=menu] [role=menuitem]")  # noqa: E731
    chosen = lambda: next((one for one in of_menu() if one.text.startswith(label)), None)  # noqa: E731
    wait_until(chosen, SECONDS, label).click()


def test_the_whole_output_opens_scrolls_is_searched_and_copied(page: Web):
    type_line(page, "clear; seq 3000 6000; echo e''nd")
    wait_until(shows(page, r"6000\s*end"), SECONDS, "the numbers")
    tab = page.find_elements(By.CSS_SELECTOR, ".console-tabs [role=tab], [role=tab]")[-1]
    ActionChains(page).context_click(tab).perform()
    choose(page, "Earlier output")
    found(page, ".output-box")
    in_sight = lambda text: lambda: page.execute_script(_LINE_IN_SIGHT, text)  # noqa: E731
    wait_until(in_sight("6000"), SECONDS, "its end")
    # Again where its end was just being followed.
    scrolled = lambda: page.execute_async_script(_SCROLLED)  # noqa: E731
    wait_until(lambda: scrolled() and not in_sight("6000")(), SECONDS, "where it was scrolled to")
    ActionChains(page).key_down(Keys.CONTROL).send_keys("f").key_up(Keys.CONTROL).perform()
    field = found(page, ".output-search input")
    wait_until(lambda: page.switch_to.active_element == field, SECONDS, "the focus")
    ActionChains(page).send_keys("4321", Keys.ENTER).perform()
    found(page, ".output-search li button").click()
    wait_until(in_sight("4321"), SECONDS, "the line that was found")
    marked = lambda: page.execute_script(_TEXT, ".output-line.marked")  # noqa: E731
    wait_until(lambda: marked() == "4321", SECONDS, "its mark")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    ActionChains(page).key_down(Keys.CONTROL).key_down(Keys.SHIFT).send_keys(Keys.ARROW_UP).key_up(
        Keys.SHIFT
    ).key_up(Keys.CONTROL).perform()
    bar = found(page, ".output-command")
    its = lambda: page.execute_script("return arguments[0].textContent", bar)  # noqa: E731
    wait_until(lambda: "seq 3000 6000" in its(), SECONDS, "the command")
    wait_until(in_sight("3000"), SECONDS, "the command's lines")
    bar.find_element(By.XPATH, "button[.='Copy output']").click()
    wait_until(lambda: "Copied: 15,009 characters." in notices(page), SECONDS, "the copy")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, ".output-view"), SECONDS, "it closes")


_SCROLLED = """
  const [done] = arguments;
  const box = document.querySelector(".output-box");
  box.dispatchEvent(new WheelEvent("wheel")); // a person's, which moves nothing by itself
  box.scrollTop = 0;
  const drawn = (frames) => frames ? requestAnimationFrame(() => drawn(frames - 1)) : done(true);
  drawn(5);
"""
_LINE_IN_SIGHT = """
  const box = document.querySelector(".output-box");
  const {top, bottom} = box.getBoundingClientRect();
  const rows = [...box.querySelectorAll(".output-line")];
  const at = rows.find(row => row.textContent === arguments[0])?.getBoundingClientRect();
  return Boolean(at && at.top >= top - 1 && at.bottom <= bottom + 1);
"""


def test_all_that_ran_is_listed_and_an_output_is_copied(page: Web):
    type_line(page, "echo li''sted")
    wait_until(shows(page, "stedlisted"), SECONDS, "its output")
    press(page, "button.console-menu")
    choose(page, "Runs of all consoles")
    text = lambda css: page.execute_script(_TEXT, css)  # noqa: E731
    wait_until(lambda: text(".run-row .run-command") == "echo li''sted", SECONDS, "the row")
    assert wait_until(lambda: page.execute_script(_FITS), SECONDS, "the list fits")
    press(page, ".run-row .icon-button")
    choose(page, "Copy the output")
    wait_until(lambda: text(".runs-said") == "Copied: 1 line.", SECONDS, "the copy")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, "dialog"), SECONDS, "it closes")


_TEXT = "return document.querySelector(arguments[0])?.textContent"


def test_a_line_is_searched_for_among_everything_and_enter_leads_to_it(page: Web):
    type_line(page, "clear; echo a-rare-4''2-word")
    wait_until(shows(page, "a-rare-42-word"), SECONDS, "the line")
    page.execute_script("document.querySelector('[aria-label=\"All commands\"]').click()")
    found(page, ".palette input").send_keys("search everything", Keys.ENTER)
    found(page, ".everything input").send_keys("rare-42")
    # Its first letters may be answered before the last is typed.
    mark = lambda: page.execute_script(_TEXT, ".everything [role=option] mark")  # noqa: E731
    wait_until(lambda: mark() == "rare-42", SECONDS, "the line that is found")
    found(page, ".everything input").send_keys(Keys.ENTER)
    wait_until(lambda: is_gone(page, ".everything"), SECONDS, "its end")
    wait_until(shows(page, "a-rare-42-word"), SECONDS, "the line")


def test_a_finger_that_stays_on_new_offers_a_console_that_is_never_recorded(page: Web):
    hold_a_finger_on(page, found(page, "button[aria-label='New Bash console']"))
    menu = found(page, "[role=menu][aria-label='New Bash console']")
    menu.find_elements(By.CSS_SELECTOR, "[role=menuitem]")[1].click()
    line = found(page, ".console-history")
    wait_until(lambda: line.text == "Never recorded", SECONDS, "what it says")
    pane = found(page, ".console-pane:has(.console-history)")
    end = lambda part: part.rect["y"] + part.rect["height"]  # noqa: E731
    wait_until(lambda: abs(end(line) - end(pane)) < 1, SECONDS, "it ends the pane")


def test_the_workspace_panel_lists_programs_and_fits_the_window(page: Web):
    press(page, "button.usage")  # moves with the figures in it, and with what a new console brings
    found(page, ".processes tbody tr.console")
    size = page.get_window_size()
    for width, height in ((1180, 820), (500, 800)):
        page.set_window_size(width, height)
        assert wait_until(lambda: page.execute_script(_FITS), SECONDS, "the panel fits")
    page.set_window_size(size["width"], size["height"])
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    wait_until(lambda: is_gone(page, "dialog"), SECONDS, "it closes")


_FITS = """
  const dialog = document.querySelector("dialog");
  const {left, right, top, bottom} = dialog.getBoundingClientRect();
  const inside = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight + 1;
  return inside && dialog.scrollWidth <= dialog.clientWidth;
"""
