"""What the editor does while one types; that part of it comes with the first text."""

from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server


def test_brackets_are_closed_and_words_completed(server: Server, device: Device) -> None:
    ide = Ide(sign_in(device("desktop"), server))
    ide.wait_connected()
    editor = ide.new_file("typing.py")
    expect(editor).to_have_attribute("data-language", "python")
    keyboard = ide.page.keyboard
    editor.click()
    keyboard.type("print(")
    expect(editor).to_have_text("print()")
    keyboard.press("Backspace")
    expect(editor).to_have_text("print")
    keyboard.type("\nimpo")
    expect(
        ide.page.get_by_role("listbox").get_by_role("option", name="import").first
    ).to_be_visible()
