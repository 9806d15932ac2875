"""The account menu, and signing in over the page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

Open = Callable[..., Ide]
WHO = ("grace", "the first long password")


@pytest.fixture(scope="module")
def person(server: Server) -> list[str]:
    """Name and password, which a test may change."""
    server.add_user(*WHO)
    return list(WHO)


@pytest.fixture
def ide(server: Server, device: Device, person: list[str]) -> Open:
    def opened(name: str = "desktop") -> Ide:
        found = Ide(sign_in(device(name), server, (person[0], person[1]), by_form=True))
        found.wait_connected()
        return found

    return opened


def wait_until_all_is_told(page: Page) -> None:
    """Wait until nothing is left to be sent: the next request finds out that nobody is signed in.

    The dialog that says so takes the keys, also in the middle of a word.
    """
    page.wait_for_function("() => !Object.keys(sessionStorage).some(key => /^layout:/.test(key))")


def test_an_ended_login_opens_sign_in_over_the_page_and_nothing_is_lost(
    ide: Open, person: list[str]
) -> None:
    page = ide()
    page.new_file("typed.txt")
    page.page.keyboard.type("before ")
    expect(page.file_status).to_have_text("saved")
    wait_until_all_is_told(page.page)
    page.page.context.clear_cookies()
    page.page.keyboard.insert_text("after")
    dialog = page.dialog("Sign in")
    expect(dialog).to_contain_text("What you typed is still here")
    dialog.get_by_label("Password").fill("not it, but long")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    for _ in range(4):  # the third closes any dialog, whatever the page says
        page.page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Password")).to_be_focused()
    dialog.get_by_label("Password").fill(person[1])
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(page.editor("typed.txt")).to_have_text("before after")
    wait_until(lambda: page.disk("typed.txt") == "before after", 30, "saved with the new login")
    page.wait_connected()


SIGN_IN = """async ([name, password]) => {
  const {csrf} = await (await fetch("api/v1/login")).json();
  const headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf};
  const body = JSON.stringify({name, password});
  return (await fetch("api/v1/login", {method: "POST", headers, body})).status;
}"""


def test_a_page_takes_over_the_login_of_another_tab(ide: Open, person: list[str]) -> None:
    page = ide()
    page.new_file("two-tabs.txt")
    assert page.page.evaluate(SIGN_IN, person) == 200  # as another tab of this browser would
    page.type_and_see_it_saved("two-tabs.txt", "typed")
    wait_until(lambda: page.disk("two-tabs.txt") == "typed", 20, "it is on the disk")
    wait_until_all_is_told(page.page)
    page.page.context.clear_cookies()
    page.page.keyboard.insert_text(" on")
    expect(page.dialog("Sign in")).to_be_visible()
    assert page.page.evaluate(SIGN_IN, person) == 200
    page.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.dialog("Sign in")).to_be_hidden()
    wait_until(lambda: page.disk("two-tabs.txt") == "typed on", 20, "it is on the disk")


def test_devices_are_listed_and_one_is_signed_out(ide: Open) -> None:
    laptop, tablet = ide(), ide("landscape")
    laptop.account("Signed-in devices…")
    devices = laptop.dialog("Signed-in devices")
    expect(devices.get_by_text("(this one)")).to_be_visible()
    before = devices.get_by_role("listitem").count()
    assert before >= 2
    devices.get_by_role("button", name=re.compile("^Sign out")).first.click()
    expect(devices.get_by_role("listitem")).to_have_count(before - 1)
    expect(tablet.dialog("Sign in")).to_be_visible()


def test_change_password(ide: Open, person: list[str]) -> None:
    page = ide()
    page.account("Change password…")
    dialog = page.dialog("Change password")
    expect(dialog.get_by_label("Current password")).to_be_focused()
    assert dialog.evaluate(
        "dialog => [dialog.scrollLeft, dialog.scrollWidth - dialog.clientWidth]"
    ) == [0, 0]
    fresh = "the second long password"

    def fill(current: str, new: str, again: str) -> None:
        dialog.get_by_label("Current password").fill(current)
        dialog.get_by_label("New password", exact=True).fill(new)
        dialog.get_by_label("New password again").fill(again)
        dialog.get_by_role("button", name="Change password").click()

    fill(person[1], fresh, "something else")
    expect(dialog.get_by_role("alert")).to_contain_text("differ")
    fill("not the password", fresh, fresh)
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    fill(person[1], fresh, fresh)
    expect(dialog).to_be_hidden()
    person[1] = fresh
    ide()


@pytest.mark.parametrize("item", ["Sign out", "Sign out everywhere"])
def test_sign_out(ide: Open, item: str) -> None:
    page = ide()
    page.page.evaluate("sessionStorage.setItem('compose:1', 'a text')")
    page.account(item)
    expect(page.button("Sign in")).to_be_visible()
    assert page.page.evaluate("sessionStorage.getItem('compose:1')") is None
    page.page.go_back()
    page.page.reload()
    expect(page.button("Sign in")).to_be_visible()


def is_stored_prefs(response: Response) -> bool:
    return response.request.method == "PUT" and response.url.endswith("/prefs")


def test_the_theme_is_chosen_and_follows_the_person(ide: Open) -> None:
    page = ide()
    with page.page.expect_response(is_stored_prefs):  # another device reads it when it opens
        page.account("Theme: dark")
    background = "getComputedStyle(document.body).backgroundColor"
    wait_until(lambda: page.page.evaluate(background) == "rgb(20, 23, 26)", 30, "dark")
    other = ide("phone")
    wait_until(lambda: other.page.evaluate(background) == "rgb(20, 23, 26)", 30, "dark there too")
    page.account("Theme: as the system")
    wait_until(lambda: page.page.evaluate(background) == "rgb(255, 255, 255)", 30, "light")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (True, "an account of your own"),
        (False, "the server's account"),
    ],
)
def test_about_says_whose_rights_programs_have_without_a_sandbox(
    ide: Open, said: str, *, own: bool
) -> None:
    page = ide()
    answer = {"sandbox": "none", "network": "none", "own_account": own}
    page.page.route("**/about", lambda route: route.fulfill(json=answer))
    page.account("About…")
    about = page.dialog("About")
    expect(about).to_contain_text("There is no sandbox: programs run as " + said)
    expect(about).to_contain_text("with the machine's network.")
    expect(about).not_to_contain_text("no network")


def test_about_and_keyboard(ide: Open) -> None:
    page = ide()
    page.account("About…")
    expect(page.dialog("About")).to_contain_text(re.compile(r"ide \d"))
    expect(page.dialog("About")).to_contain_text("Your programs run in a sandbox of their own")
    page.page.keyboard.press("Escape")
    page.account("Keyboard…")
    expect(page.dialog("Keyboard")).to_contain_text("Run the file")
