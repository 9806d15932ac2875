"""What the page says of a console's log, and what can be done about it."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.server import Server


@pytest.fixture
def ide(server: Server, device: Device) -> Ide:
    found = Ide(sign_in(device("desktop"), server))
    found.wait_connected()
    expect(found.console_tab("Bash")).to_be_visible()
    return found


def menu(ide: Ide) -> Locator:
    ide.console_tab("Bash").click(button="right")
    found = ide.page.get_by_role("menu", name="Actions for Bash")
    expect(found).to_be_visible()
    return found


def test_output_is_downloaded_whole(ide: Ide) -> None:
    ide.console("Bash").click()
    ide.page.keyboard.type("seq 20000 29000; echo en''d\n")
    expect(ide.console("Bash")).to_contain_text("end")
    with ide.page.expect_download() as coming:
        menu(ide).get_by_role("menuitem", name="Download output").click()
    assert coming.value.suggested_filename == "Bash.log"
    log = Path(coming.value.path()).read_bytes()
    assert b"\r\n".join(b"%d" % number for number in range(20_000, 29_001)) in log


def test_a_console_can_be_set_never_to_be_recorded(ide: Ide) -> None:
    opened = menu(ide)
    expect(opened).to_contain_text("of 256 MB")
    never = opened.get_by_role("menuitemcheckbox", name="Never record")
    expect(never).to_have_attribute("aria-checked", "false")
    never.click()
    note = ide.console("Bash").locator(".console-note")
    expect(note).to_contain_text("output is not recorded: this console is never recorded")
    ide.page.reload()
    expect(note).to_contain_text("never recorded")
    never = menu(ide).get_by_role("menuitemcheckbox", name="Never record")
    expect(never).to_have_attribute("aria-checked", "true")
    never.click()
    expect(note).to_have_count(0)
