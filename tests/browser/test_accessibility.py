"""axe finds nothing serious, targets can be hit, nothing foreign is asked, the page stays light."""

from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Device, devices, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DIST = Path(__file__).parents[2] / "ide" / "static" / "dist"
FINE_PX, COARSE_PX = 24, 44
FIRST_LOAD_BYTES = 285 * 1024


def opened(server: Server, device: Device, name: str, **more: str) -> Ide:
    context = device(name)
    ide = Ide(sign_in(context, server))
    if more:
        ide.page.emulate_media(**more)
    ide.wait_connected()
    ide.put("axe.py", "def greet(name):\n    return f'hi {name}'  # said\n")
    ide.open("axe.py")
    expect(ide.editor("axe.py")).to_contain_text("greet")
    return ide


STILL = """() => document.getAnimations().every(({effect, playState}) =>
  playState !== "running" || effect.getComputedTiming().endTime === Infinity)"""


def check(ide: Ide, where: str) -> None:
    ide.page.wait_for_function(STILL)  # what is only half there yet has too little contrast
    ide.page.evaluate(AXE.read_text())
    found = ide.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (rule["id"], rule["impact"], [node["html"][:200] for node in rule["nodes"][:3]])
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert serious == [], where


@pytest.mark.skipif(not AXE.is_file(), reason="npm ci in frontend/ brings axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_axe_finds_nothing_serious(server: Server, device: Device, name: str, scheme: str) -> None:
    ide = opened(server, device, name, color_scheme=scheme)
    check(ide, "editor")
    ide.show_files()
    check(ide, "files")
    ide.button("Account and settings").click()
    ide.page.get_by_role("menu").wait_for()
    check(ide, "menu")
    ide.page.keyboard.press("Escape")
    ide.account("Change password…")
    ide.page.get_by_role("dialog", name="Change password").wait_for()
    check(ide, "dialog")
    ide.page.keyboard.press("Escape")
    ide.button("All commands").click()
    ide.page.get_by_role("dialog").get_by_role("combobox").wait_for()
    check(ide, "palette")


@pytest.mark.parametrize("name", devices("desktop", "low"))
def test_every_target_is_large_enough(server: Server, device: Device, name: str) -> None:
    ide = opened(server, device, name)
    least = FINE_PX if name == "desktop" else COARSE_PX
    small = ide.page.evaluate(SMALL, least)
    assert small == []
    ide.button("Account and settings").click()
    ide.page.get_by_role("menu").wait_for()
    assert ide.page.evaluate(SMALL, least) == []


SMALL = """(least) => {
  const TARGETS = "button, a, input, [role=tab], [role=treeitem], [role^=menuitem]";
  const found = [];
  for (const element of document.querySelectorAll(TARGETS)) {
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: false})) continue;
    const {width, height} = element.getBoundingClientRect();
    if (width < 2 || height < 2) continue;
    if (Math.min(width, height) < least - 0.5) found.push([element.outerHTML, width, height]);
  }
  return found;
}"""


def built_for_the_page(asked: list[str]) -> list[str]:
    """Of the addresses asked for those of our own files, without the page for signing in."""
    return [url for url in asked if "/static/dist/" in url and "gate-page" not in url]


def test_no_foreign_host_no_violation_and_within_the_budget(server: Server, device: Device) -> None:
    newcomer = ("newcomer", "a long enough password")  # no open file that asks for its language
    server.add_user(*newcomer)
    context = device("desktop")
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: said.append(message.text))
    ide = Ide(sign_in(context, server, newcomer))
    ide.wait_connected()
    # Style and scripts; the page and the link are the other two. What nothing waits for comes
    # by the clock, however long the link takes.
    first = takewhile(lambda url: "/chunk-later" not in url, built_for_the_page(asked))
    assert len(list(first)) <= 6
    loaded = """() => ["/chunk-view", "/chunk-later"].every((chunk) =>
      performance.getEntriesByType("resource").some(({name}) => name.includes(chunk)))"""
    wait_until(lambda: ide.page.evaluate(loaded), 20, "the editor and what nothing waits for")
    hosts = {urlsplit(url).netloc for url in asked if url.startswith(("http", "ws"))}
    assert hosts == {urlsplit(server.url).netloc}
    assert [text for text in said if "Content Security Policy" in text] == []
    names = {url.rpartition("/")[2] for url in built_for_the_page(asked)}
    packed = sum((DIST / f"{name}.gz").stat().st_size for name in names)
    assert packed <= FIRST_LOAD_BYTES, sorted(names)
