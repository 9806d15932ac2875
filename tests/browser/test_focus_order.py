"""The Tab key leads through the page as one reads it, to everything and out, and one sees where."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DEVICES, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import new_console
from tests.server import Server

MOST_STEPS = 80

WHERE = """() => {
  const element = document.activeElement;
  const part = element.closest(".skip, .files, .divider, .top-lead, .top-actions, .pane, footer");
  const {left, top, bottom, width, height} = element.getBoundingClientRect();
  const text = element.matches(".cm-content, .xterm-helper-textarea");
  const under = document.elementFromPoint(left + width / 2, top + height / 2);
  const {outlineStyle, outlineWidth} = getComputedStyle(element);
  const over = element === document.body || visited.has(element);
  visited.add(element);
  return {
    over, text, left, top, bottom,
    part: part?.className.split(" ").slice(0, part.matches(".pane") ? 2 : 1).join(" ") ?? "none",
    what: element.outerHTML.slice(0, 160),
    seen: text
      ? true // its own caret is looked for
      : outlineStyle === "solid" && Number.parseFloat(outlineWidth) >= 2 && element.contains(under),
  };
}"""
LEFT_OUT = """() => [...document.querySelectorAll("*")].filter((element) => element.tabIndex >= 0 &&
  element.checkVisibility({visibilityProperty: true}) && !element.disabled &&
  !element.matches(".cm-scroller") && !visited.has(element))
  .map((element) => element.outerHTML.slice(0, 160))"""
TO_THE_CONSOLE = ["skip", "files", "divider", "top-lead", "top-actions", "pane editor", "divider"]
PARTS = {
    "desktop": [*TO_THE_CONSOLE, "pane console", "statusbar"],
    "landscape": [*TO_THE_CONSOLE, "pane console"],  # what is used stands at the top there
}


@pytest.fixture(scope="module")
def ide(chromium: Browser, server: Server) -> Iterator[Ide]:
    """One page for all of them; whether a finger could touch it is told to the browser."""
    context = chromium.new_context(service_workers="block", **DEVICES["desktop"])
    context.set_default_timeout(20_000)
    ide = Ide(sign_in(context, server))
    new_console(ide.page)
    ide.put("order.py", "print(1)\n")
    ide.open("order.py")
    yield ide
    assert ide.troubles == []
    context.close()


def walk(page: Page) -> list[dict[str, Any]]:
    """Go on from where the focus is until the Tab key leads out, or to where it was."""
    page.evaluate("window.visited = new WeakSet()")
    steps = [page.evaluate(WHERE)]
    while not steps[-1]["over"]:
        assert len(steps) < MOST_STEPS, steps
        if steps[-1]["text"]:
            expect(page.locator(".cm-focused .cm-cursor, .xterm.focus")).to_have_count(1)
        if steps[-1]["part"] == "pane console" and steps[-1]["text"]:
            page.keyboard.press("F6")  # a terminal keeps Tab
            expect(page.locator(".xterm.focus")).to_have_count(0)
        else:
            if steps[-1]["text"]:
                page.keyboard.press("Control+m")  # an editor gives it back
            page.keyboard.press("Tab")
        steps.append(page.evaluate(WHERE))
    return steps[:-1]


def comes_after(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one reads `other` after `one`: further right in the same line, or below it."""
    return other["top"] >= one["bottom"] - 1 or (
        other["left"] >= one["left"] and other["bottom"] > one["top"]
    )


@pytest.mark.parametrize("name", ["desktop", "landscape"])
def test_tab_leads_through_the_page_as_one_reads_it(ide: Ide, name: str) -> None:
    page = ide.page
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": name == "landscape"})
    page.set_viewport_size(DEVICES[name]["viewport"])
    page.reload()
    ide.wait_connected()
    expect(ide.editor("order.py")).to_be_visible()
    expect(ide.entry("order.py")).to_be_visible()
    expect(page.get_by_title("Show the workspace")).to_be_visible()
    page.locator(".pane.console .xterm-helper-textarea:visible").focus()
    page.keyboard.press("F6")  # by key: a ring is for who uses keys
    expect(page.locator(".xterm.focus")).to_have_count(0)  # what F6 does is fetched the first time
    ide.button("Announce console output, for a screen reader").focus()
    steps = walk(page)
    assert [step["what"] for step in steps if not step["seen"]] == []
    assert [part for part, _ in groupby(steps, lambda step: step["part"])] == PARTS[name]
    for before, after in pairwise(steps):
        if before["part"] == after["part"] and not before["text"]:
            assert comes_after(before, after), (before, after)
    assert page.evaluate(LEFT_OUT) == []


def test_keys_go_into_a_drawer_and_come_back_from_it(ide: Ide) -> None:
    page = ide.page
    page.set_viewport_size(DEVICES["portrait"]["viewport"])
    ide.editor("order.py").click()
    page.keyboard.press("Control+b")
    expect(ide.entry("order.py")).to_be_focused()
    page.keyboard.press("F6")
    expect(ide.entry("order.py")).not_to_be_focused()
    steps = walk(page)
    assert not [step["what"] for step in steps if step["part"].startswith("pane")], (
        "it lies over them"
    )
    ide.entry("order.py").focus()
    page.keyboard.press("Escape")
    expect(ide.editor("order.py")).to_be_focused()
