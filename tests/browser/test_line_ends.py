"""A file keeps its line ends, whatever is pasted and whoever rewrites it."""

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

PASTE = """(editor, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const options = {clipboardData, bubbles: true, cancelable: true};
  editor.dispatchEvent(new ClipboardEvent("paste", options));
}"""


@pytest.fixture
def ide(server: Server, device: Device) -> Ide:
    found = Ide(sign_in(device("desktop"), server))
    found.wait_connected()
    return found


def has(ide: Ide, name: str, text: str) -> bool:
    return text in ide.disk(name)


def test_what_is_pasted_takes_the_line_ends_of_the_file(ide: Ide) -> None:
    wanted = {}
    for file, pasted, kept in (
        ("unix\n", "one\r\ntwo\r\n", "one\ntwo\nunix\n"),
        ("dos\r\n", "one\ntwo\n", "one\r\ntwo\r\ndos\r\n"),
        ("mixed\r\nfile\n", "one\r\ntwo\r", "one\ntwo\nmixed\r\nfile\n"),
    ):
        name = f"{file.split(maxsplit=1)[0]}.txt"
        ide.put(name, file)
        editor = ide.open(name)
        editor.click()
        ide.page.keyboard.press("Control+Home")
        editor.evaluate(PASTE, pasted)
        wanted[name] = kept
    for name, kept in wanted.items():
        wait_until(partial(has, ide, name, "one"), 20, f"{name} is saved")
        assert ide.disk(name) == kept


def test_a_file_whose_line_ends_change_on_the_disk_is_shown_by_lines(ide: Ide) -> None:
    for before, after in (("\r\n", "\n"), ("\n", "\r\n")):
        name = f"turned-{len(before)}.txt"
        ide.put(name, before.join(["one", "two", "three"]))
        editor = ide.open(name)
        ide.put(name, after.join(["one", "two", "four"]))
        expect(editor).to_contain_text("four")
        expect(editor.locator(".cm-line")).to_have_text(["one", "two", "four"])
        editor.click()
        ide.page.keyboard.press("Control+End")
        ide.page.keyboard.type("\nfive")
        wait_until(partial(has, ide, name, "five"), 20, f"{name} is saved")
        assert ide.disk(name) == after.join(["one", "two", "four", "five"])
