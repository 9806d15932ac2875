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
Web = webdriver.WebKitGTK


@pytest.fixture(autouse=True)
def _picture(picture: None) -> None:
    pass


def found(web: Web, css: str) -> WebElement:
    """Wait for an element and return it."""

    def look() -> WebElement | None:
        try:
            return web.find_element(By.CSS_SELECTOR, css)
        except NoSuchElementException:
            return None

    return wait_until(look, SECONDS, css)


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
    """Focus the terminal and type, Enter at the end."""
    web.execute_script("document.querySelector('.xterm-helper-textarea').focus()")
    ActionChains(web).send_keys(line, Keys.ENTER).perform()


def test_typing_runs_and_shows(page: Web):
    type_line(page, 'clear; echo "Hi #$((40+2))" | wc -c')
    wait_until(shows(page, r"\b7\b"), SECONDS, "7")


def test_control_c_reaches_the_program(page: Web):
    type_line(page, "clear; printf 'one-%s ' runs; sleep 300")
    wait_until(shows(page, "one-runs"), SECONDS, "the program")
    ActionChains(page).key_down(Keys.CONTROL).send_keys("c").key_up(Keys.CONTROL).perform()
    type_line(page, "echo status-$?")
    wait_until(shows(page, "status-130"), SECONDS, "status-130")


def test_control_c_with_the_code_of_enter_reaches_the_program(page: Web):
    type_line(page, "clear; printf 'two-%s ' runs; sleep 300")
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
    wait_until(shows(page, r"n40\.\s*over"), SECONDS, "over")
    numbers = [int(n) for n in re.findall(r"n(\d+)\.", screen(page))]
    assert numbers == list(range(1, 41))


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
    type_line(page, r"clear; printf '\e]2;making\a\e]9;4;1;40\a'")
    tab = found(page, ".console-tab")
    wait_until(lambda: tab.get_attribute("aria-label") == "making", SECONDS, "the title")
    bar = found(page, ".console-progress[role=progressbar]")
    assert bar.get_attribute("aria-valuetext") == "40 %"
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
    wait_until(
        lambda: not page.find_elements(By.CSS_SELECTOR, ".console-find"), SECONDS, "no search"
    )


def test_a_program_offers_text_and_a_click_takes_the_offer_away(page: Web):
    type_line(page, r"clear; printf '\e]52;c;d8O2cmQ=\a'")
    offer = found(page, ".console-offer")
    assert "“wörd”" in offer.text
    offer.find_element(By.TAG_NAME, "button").click()
    wait_until(
        lambda: not page.find_elements(By.CSS_SELECTOR, ".console-offer"), SECONDS, "no offer"
    )


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


def test_a_finger_that_stays_on_new_offers_a_console_that_is_never_recorded(page: Web):
    hold_a_finger_on(page, found(page, "button[aria-label='New Bash console']"))
    menu = found(page, "[role=menu][aria-label='New Bash console']")
    menu.find_elements(By.CSS_SELECTOR, "[role=menuitem]")[1].click()
    line = found(page, ".console-history")
    assert line.text == "Never recorded"
    pane, box = found(page, ".console-pane:has(.console-history)"), line.rect
    below = pane.rect["y"] + pane.rect["height"]
    assert abs(box["y"] + box["height"] - below) < 1, "it ends the pane"
