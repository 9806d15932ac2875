"""Everything can be hit by a finger and has a name, in every state that the page has."""

from collections.abc import Iterator
from pprint import pformat

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import find_bar, new_console
from tests.server import Server
from tests.waiting import wait_until

DIALOGS = (
    "Workspace…", "Drafts…", "Keyboard…", "Arrange the key row…", "Change password…",
    "Signed-in devices…", "About…",
)  # fmt: skip


def close_all(ide: Ide) -> None:
    while ide.page.locator("dialog[open]").count():
        ide.page.keyboard.press("Escape")


def editor_states(ide: Ide) -> Iterator[str]:
    ide.put("targets.py", "def greet(name):\n    return f'hi {name}'\n")
    ide.open("targets.py")
    yield "an open file"
    ide.editor("targets.py").click()
    ide.page.keyboard.press("Control+f")
    expect(ide.page.locator(".cm-search")).to_be_visible()
    yield "the editor's find bar"
    ide.page.keyboard.press("Escape")
    expect(ide.page.locator(".cm-search")).to_have_count(0)
    ide.show_files()
    yield "the files"
    ide.entry("targets.py").get_by_role("button", name="More actions for").click()
    expect(ide.page.get_by_role("menu")).to_be_visible()
    yield "the menu of a file"
    close_all(ide)
    ide.page.locator(".files-header").get_by_role("button", name="New file").click()
    expect(ide.dialog("New file")).to_be_visible()
    yield "a question for a name"
    close_all(ide)
    ide.actions_of("targets.py", "Delete")
    expect(ide.dialog("Delete targets.py?")).to_be_visible()
    yield "a question before deleting"
    close_all(ide)
    ide.page.keyboard.press("F1")
    expect(ide.page.get_by_role("option").first).to_be_visible()
    yield "every command"
    close_all(ide)
    ide.put("targets.md", "# Not a program\n")
    ide.open("targets.md")
    ide.button("Run").click()
    expect(ide.notices).to_contain_text("Run works for")
    yield "a notice"
    ide.notices.get_by_role("button", name="Dismiss").click()


def account_states(ide: Ide) -> Iterator[str]:
    ide.button("Account and settings").click()
    expect(ide.page.get_by_role("menu")).to_be_visible()
    yield "the account menu"
    close_all(ide)
    for item in DIALOGS:
        ide.account(item)
        expect(ide.page.get_by_role("dialog").last).to_be_visible()
        ide.page.wait_for_load_state("networkidle")
        assert ide.page.get_by_role("dialog").last.evaluate("shown => shown.scrollTop") == 0, item
        yield item
        close_all(ide)


def console_states(ide: Ide) -> Iterator[str]:
    new_console(ide.page)
    console = new_console(ide.page)
    yield "two consoles"
    ide.page.locator(".xterm:visible").first.click()
    yield "a console in focus"
    ide.choose(ide.button(f"More actions for console {console.title}").first, "Compose a text")
    expect(ide.page.get_by_role("textbox", name="Text to send")).to_be_focused()
    yield "the compose line"
    ide.button("Close the compose line").click()
    ide.button(f"More actions for console {console.title}").first.click()
    expect(ide.page.get_by_role("menu")).to_be_visible()
    yield "the menu of a console"
    ide.page.get_by_role("menuitem", name="Find in the output").click()
    expect(find_bar(console)).to_be_visible()
    yield "the search in the output"
    ide.page.keyboard.press("Escape")
    ide.button(f"Close console {console.title}").first.click()
    yield "a console closed"
    close_all(ide)


STATES = (editor_states, account_states, console_states)


def what_stays_wrong(page: Page) -> dict[str, object]:
    """What is wrong with what is shown, once it stands where it belongs; empty for nothing."""
    wrong: dict[str, object] = {}

    def is_right() -> bool:
        wrong.update(small=small(page), nameless=nameless(page), beyond=beyond(page))
        return not any(wrong.values())

    try:
        wait_until(is_right, 5)
    except AssertionError:
        return wrong
    return {}


SIZES = {"tablet": (1180, 820), "320px": (320, 568), "200%": (590, 410)}
"""A tablet, the narrowest room that a page must fit, and what a tablet has left at 200 %."""


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
def test_every_target_can_be_hit_is_named_and_in_sight(
    server: Server, device: Device, size: str, *, full: bool
) -> None:
    page = sign_in(device("phone"), server)
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    ide = Ide(page)
    ide.wait_connected()
    found: dict[str, object] = {}
    for states in STATES if full or size != "200%" else STATES[:1]:
        for state in states(ide):
            if wrong := what_stays_wrong(page):
                found[state] = wrong
    assert found == {}, pformat(found, width=160)


def test_what_the_system_was_told_to_show_is_shown(server: Server, device: Device) -> None:
    context = device("landscape")
    page = sign_in(context, server)
    ide = Ide(page)
    console = new_console(page)
    console.start("printf '\\e[3 q'; sleep 1000")  # a cursor that blinks as the program says
    expect(console.region.locator(".xterm-cursor-underline")).to_be_visible()
    # An instant that brings something into sight later is no movement.
    moving = """() => document.getAnimations().filter(({playState, effect}) =>
      playState === "running" && effect.getComputedTiming().activeDuration > 1).length"""
    wait_until(lambda: page.evaluate(moving) > 1, 60, "the cursor blinks, what runs breathes")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0
    ide.put("still.py", "")
    ide.open("still.py").click()
    expect(page.locator(".cm-focused .cm-cursor")).to_have_count(1)
    assert page.evaluate(moving) == 0
    ide.button("Account and settings").click()
    expect(page.get_by_role("menu")).to_be_visible()
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    wait_until(lambda: page.evaluate(moving) > 0, 20, "what runs breathes")
    close_all(ide)
    tokens = """() => ["dim", "text", "line", "control"].map((name) =>
      getComputedStyle(document.documentElement).getPropertyValue(`--${name}`))"""
    dim, text, line, control = page.evaluate(tokens)
    assert dim != text
    assert line != control
    page.emulate_media(contrast="more")
    dim, text, line, control = page.evaluate(tokens)
    assert (dim, line) == (text, control)
    page.emulate_media(contrast="no-preference", forced_colors="active")
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    ide.button("Save").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(ring) == "solid"
    ground = "option => getComputedStyle(option).backgroundColor"
    page.keyboard.press("F1")
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert options.nth(0).evaluate(ground) != options.nth(1).evaluate(ground)


def test_a_console_is_announced_to_who_asks_for_it(server: Server, device: Device) -> None:
    page = sign_in(device("desktop"), server)
    ide = Ide(page)
    console = new_console(page)
    live = console.region.locator(".live-region")
    expect(live).to_have_count(0)
    offer = ide.button("Announce console output, for a screen reader")
    first = "document.querySelector('button, a, input, textarea, [tabindex=\"0\"]')"
    assert offer.evaluate(f"offer => offer === {first}"), "the first that Tab comes to"
    offer.focus()
    expect(offer).to_have_css("clip-path", "none")
    page.keyboard.press("Enter")
    expect(offer).to_have_count(0)
    console.run("echo heard-$((6*7))")
    expect(live).to_contain_text("heard-42")
    keys = page.context.new_cdp_session(page)

    def dictated() -> bool:
        keys.send("Input.insertText", {"text": "dictated "})
        return "dictated" in console.text()

    wait_until(dictated, 60, "words without a key arrive")
    page.reload()
    ide.wait_connected()
    expect(page.locator(".live-region").first).to_be_attached()  # as this device was told
    ide.account("Announce console output")
    expect(page.locator(".live-region")).to_have_count(0)
