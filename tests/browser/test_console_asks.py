"""What programs may ask of a person: copy this, open that. Nothing happens without a tap."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.terminals import ConsoleView, new_console, remove_consoles
from tests.server import Server

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
    box = copy.bounding_box()
    assert box
    assert box["height"] >= 44
    phone.input.focus()
    copy.tap()
    expect(offer(phone)).to_have_count(0)
    expect(phone.input).to_be_focused()
    assert clipboard(phone.page) == "first\nsecond"


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
    box = view.rows.get_by_text(text, exact=True).last.bounding_box()
    assert box
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
    assert clipboard(phone.page) == target


def test_links_to_anything_else_are_not_opened_and_that_is_said(desk: ConsoleView):
    opened: list[object] = []
    desk.page.on("popup", lambda popup: opened.append(popup))  # noqa: PLW0108
    notices = desk.page.get_by_role("status", name="Notices")
    for number, target in enumerate(["file:///etc/passwd", "javascript:alert(1)", "//no.example"]):
        desk.run(LINK + f"'{target}' danger{number}")
        open_link(desk, f"danger{number}", tap=False)
        expect(notices).to_contain_text(f"“danger{number}” was not opened")
    assert desk.page.get_by_role("dialog").count() == 0
    assert opened == []


def test_a_link_whose_text_is_its_address_opens_at_once_without_its_opener(desk: ConsoleView):
    here = desk.page.url
    desk.run(LINK + f"'{here}' '{here}'")
    with desk.page.context.expect_page() as opened:
        open_link(desk, here, tap=False)
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
