"""What a finger cannot hit and what a screen reader cannot name, of everything shown right now."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from playwright.sync_api import Page

from tests.waiting import wait_until

COARSE_PX, FINE_PX = 44, 24
REST_SECONDS = 3.0
"""What just opens still moves and grows: what is wrong for longer is wrong."""

T = TypeVar("T")


def _what_stays(wrong: Callable[[], list[T]]) -> list[T]:
    with suppress(AssertionError):
        wait_until(lambda: not wrong(), REST_SECONDS)
        return []
    return wrong()


_ROLES = {
    "button", "checkbox", "combobox", "link", "menuitem", "menuitemcheckbox", "menuitemradio",
    "option", "radio", "searchbox", "slider", "spinbutton", "splitter", "switch", "tab", "textbox",
    "treeitem", "dialog", "menu", "region", "toolbar", "tablist", "tree", "navigation", "img",
}  # fmt: skip


def nameless(page: Page) -> list[str]:
    """Return the role and the markup of each control, image and landmark without a name.

    The browser's own tree is asked: it computes names by the standard's rules.
    """
    return _what_stays(lambda: _nameless(page))


def _nameless(page: Page) -> list[str]:
    tools = page.context.new_cdp_session(page)
    try:
        tools.send("DOM.enable")
        nodes = tools.send("Accessibility.getFullAXTree")["nodes"]
        return [
            f"{role}: {_markup(tools, node)}"
            for node in nodes
            if not node["ignored"]
            and (role := node.get("role", {}).get("value", "")) in _ROLES
            and not node.get("name", {}).get("value", "").strip()
        ]
    finally:
        tools.detach()


def _markup(tools: Any, node: dict[str, Any]) -> str:
    found = tools.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})["object"]
    told = tools.send(
        "Runtime.callFunctionOn",
        {
            "objectId": found["objectId"],
            "functionDeclaration": "function() { return this.outerHTML.slice(0, 200); }",
            "returnByValue": True,
        },
    )
    return told["result"]["value"]


def small(page: Page, least: int = COARSE_PX) -> list[list[Any]]:
    """Return markup, width and height of each target that is hit on less than `least` pixels.

    What is hit counts, not what is seen: a target may reach beyond its own edges. Links within a
    sentence are as large as its letters, as everywhere.
    """
    return _what_stays(lambda: page.evaluate(_SMALL, least))


_SMALL = """(least) => {
  const TARGETS = `button, a[href], input, select, textarea, summary, [role=tab], [role=treeitem],
    [role^=menuitem], [role=separator][tabindex], [role=option], [role=switch], [role=checkbox]`;
  const shown = (element) => element.checkVisibility({visibilityProperty: true});
  const top = [...document.querySelectorAll("dialog:modal")].at(-1);
  const found = [];
  for (const element of (top ?? document).querySelectorAll(TARGETS)) {
    if (!shown(element) || element.closest("p, .xterm, [inert]")) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    if (Math.min(box.width, box.height) >= least - 0.5) continue;
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    const hits = (at, to) => {
      const under = document.elementFromPoint(at, to);
      return under !== null && (under === element || element.contains(under) ||
        (under.tagName === "LABEL" && under.control === element));
    };
    const reach = (dx, dy) => {
      let far = 0;
      while (far < least && hits(x + dx * (far + 1), y + dy * (far + 1))) far += 1;
      return far;
    };
    const width = Math.max(box.width, reach(-1, 0) + reach(1, 0) + 1);
    const height = Math.max(box.height, reach(0, -1) + reach(0, 1) + 1);
    if (Math.min(width, height) < least - 0.5)
      found.push([element.outerHTML.slice(0, 200), Math.round(width), Math.round(height)]);
  }
  return found;
}"""


def beyond(page: Page) -> list[str]:
    """Return markup of what is beyond the window's sides, cut off, or to be scrolled sideways.

    Lines of a text or a program may be, and rows of tabs and keys.
    """
    return _what_stays(lambda: page.evaluate(_BEYOND))


_BEYOND = """() => {
  const holds = ["auto", "scroll", "hidden", "clip"];
  const scrolls = (element) => holds.includes(getComputedStyle(element).overflowX);
  const found = [];
  const top = [...document.querySelectorAll("dialog:modal")].at(-1);
  for (const element of (top ?? document.body).querySelectorAll("*")) {
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const {left, right, width} = element.getBoundingClientRect();
    if (width < 2 || (left > -1.5 && right < innerWidth + 1.5)) continue;
    let around = element.parentElement;
    while (around && around !== document.body && !scrolls(around)) around = around.parentElement;
    if (!around || around === document.body) found.push(element.outerHTML.slice(0, 160));
  }
  if (document.scrollingElement.scrollWidth > innerWidth + 1) found.push("the page itself");
  const MAY = `.xterm, .cm-editor, .tabs, .console-tabs, .key-scroller, pre, textarea, input, .skip,
    .visually-hidden`;
  for (const element of [...(top ? [top] : []), ...(top ?? document).querySelectorAll("*")]) {
    if (!element.checkVisibility({visibilityProperty: true}) || element.closest(MAY)) continue;
    const {clipPath, overflowX, textOverflow} = getComputedStyle(element);
    if (clipPath !== "none") continue; // for who hears the page
    if (overflowX === "visible" || textOverflow === "ellipsis" || element.clientWidth < 2) continue;
    if (element.scrollWidth > element.clientWidth + 2) found.push(element.outerHTML.slice(0, 160));
  }
  return found;
}"""
