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


def cut_off(page: Page, style: str = "") -> list[str]:
    """Return each text that is cut off or covered while `style` is added to the page's own.

    A text may end in an ellipsis or be scrolled to, and what lies over the page may cover it. Not
    looked at: a terminal's cells, a program's text and fields, which scroll.
    """
    page.evaluate(_ADD_STYLE, style)
    try:
        return _what_stays(lambda: page.evaluate(_CUT_OFF))
    finally:
        page.evaluate("document.getElementById('added-style').remove()")


_ADD_STYLE = """(css) => {
  const style = document.createElement("style");
  style.id = "added-style";
  style.textContent = css;
  document.head.append(style);
}"""

_CUT_OFF = """() => {
  const found = document.scrollingElement.scrollWidth > innerWidth + 1 ? ["the page itself"] : [];
  const NOT = ".xterm, .cm-editor, pre, textarea, select, script, style";
  const top = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  const clips = (value) => value === "hidden" || value === "clip";
  const scrolls = (value) => value === "auto" || value === "scroll";
  const HOLDS = "button, a, [role=tab], [role=treeitem], [role=option]"; // text is to stay within
  /** What cuts a text off; "" for nothing, null where it is not to be seen now. */
  const wrong = (text, of) => {
    const x = text.left + text.width / 2, y = text.top + text.height / 2;
    let across = true, down = true;
    for (let at = of; at !== document.documentElement; at = at.parentElement) {
      const {overflowX, overflowY, textOverflow, clipPath, position} = getComputedStyle(at);
      const {left, top, right, bottom} = at.getBoundingClientRect();
      if (clipPath !== "none") return null; // for who hears the page
      if (scrolls(overflowX) || scrolls(overflowY)) {
        if (x < left || x > right || y < top || y > bottom) return null;
      }
      across &&= textOverflow !== "ellipsis" && !scrolls(overflowX);
      down &&= !scrolls(overflowY);
      const holds = at.matches(HOLDS);
      const wide = text.left < left - 1.5 || text.right > right + 1.5;
      const high = text.top < top - 1.5 || text.bottom > bottom + 1.5;
      if (across && wide && (holds || clips(overflowX))) return `across ${at.className}`;
      if (down && high && (holds || clips(overflowY))) return `down ${at.className}`;
      if (position === "fixed") break;
    }
    const over = document.elementFromPoint(x, y);
    if (over === null) return "beyond the window";
    if (over.contains(of) || of.contains(over)) return "";
    let mine = of, other = over;
    while (!mine.parentElement.contains(over)) mine = mine.parentElement;
    while (other.parentElement !== mine.parentElement) other = other.parentElement;
    const inFlow = [mine, other].every((one) => getComputedStyle(one).position === "static");
    return inFlow ? `below ${other.className || other.tagName}` : "";
  };
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const of = node.parentElement;
    if (!node.data.trim() || of.closest(NOT)) continue;
    if (!of.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    const why = text.width < 1 ? null : wrong(text, of);
    if (why) found.push(`${node.data.trim().slice(0, 40)}: ${why}`);
  }
  return found;
}"""
