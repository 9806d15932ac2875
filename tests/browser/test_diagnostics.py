"""/diagnostics: what a device does, shown live and copied as one report; no part of the editor."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.test_accessibility import AXE, SMALL
from tests.server import Server


def test_it_tells_what_the_device_does_and_copies_it(device: Device, server: Server) -> None:
    context = device("landscape")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    page = sign_in(context, server)
    ide = Ide(page)
    ide.wait_connected()
    ide.account("Diagnostics…")
    expect(page.get_by_role("heading", name="Diagnostics")).to_be_visible()
    expect(page.locator("#device")).to_contain_text(page.evaluate("navigator.userAgent"))
    expect(page.locator("#device")).to_contain_text("display mode")
    typed = page.get_by_label("Keys, input and fingers, newest first")
    field = page.get_by_role("textbox", name="As in a terminal")
    field.tap()
    expect(field).to_be_focused()
    page.keyboard.press("Control+c")
    expect(typed).to_contain_text(re.compile(r'keydown key "c" code KeyC keyCode 67 Control'))
    page.keyboard.insert_text("かな")
    expect(typed).to_contain_text('input insertText "かな"')
    page.get_by_role("group", name="Touch here").tap()
    expect(typed).to_contain_text("pointerdown touch")
    sleep = page.get_by_label("Socket and sleep, newest first")
    expect(sleep).to_contain_text("socket open after")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(sleep).to_contain_text("it answers after")
    viewport = page.locator("#viewport")
    expect(viewport).to_contain_text("inner 1180 \N{MULTIPLICATION SIGN} 820")
    narrow = "inner 1180 \N{MULTIPLICATION SIGN} 460"
    page.set_viewport_size({"width": 1180, "height": 460})
    expect(viewport).to_contain_text(narrow)
    page.get_by_role("button", name="Write").tap()
    expect(page.locator("#clipboard")).to_have_text("Written.")
    page.get_by_role("button", name="Read").tap()
    expect(page.locator("#clipboard")).to_have_text("Read 18 characters.")
    page.get_by_role("button", name="Copy report").tap()
    expect(page.locator("#copied")).to_have_text("Copied.")
    report = page.evaluate("navigator.clipboard.readText()")
    for part in ("user agent: Mozilla", "keyCode 67", "socket open", narrow, "Read 18"):
        assert part in report, report
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [rule["id"] for rule in found] == []
    assert page.evaluate(SMALL, 44) == []
    page.get_by_role("link", name="Back to the page").tap()
    ide.wait_connected()
    assert [text for text in said if "Content Security Policy" in text] == []
