"""axe finds nothing serious, every target can be hit, nothing foreign is asked, the page stays light."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import DEVICES, Device, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
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


def check(ide: Ide, where: str) -> None:
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
    ide.page.keyboard.press("Escape")
    ide.button("Account and settings").click()
    check(ide, "menu")
    ide.page.keyboard.press("Escape")
    ide.account("Change password…")
    check(ide, "dialog")


@pytest.mark.parametrize("name", DEVICES)
def test_every_target_is_large_enough(server: Server, device: Device, name: str) -> None:
    ide = opened(server, device, name)
    least = FINE_PX if name == "desktop" else COARSE_PX
    small = ide.page.evaluate(_SMALL, least)
    assert small == []
    ide.button("Account and settings").click()
    assert ide.page.evaluate(_SMALL, least) == []


_SMALL = """(least) => {
  const found = [];
  for (const element of document.querySelectorAll("button, a, [role=tab], [role=treeitem], [role^=menuitem], input")) {
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: false})) continue;
    const {width, height} = element.getBoundingClientRect();
    if (width < 2 || height < 2) continue;
    if (width < least - 0.5 || height < least - 0.5) found.push([element.outerHTML.slice(0, 120), width, height]);
  }
  return found;
}"""


def test_no_foreign_host_no_violation_and_within_the_budget(server: Server, device: Device) -> None:
    context = device("desktop")
    page = context.new_page()
    asked: list[Request] = []
    said: list[str] = []
    page.on("request", asked.append)
    page.on("console", lambda message: said.append(message.text))
    page.goto(server.url)
    page.close()
    ide = Ide(sign_in(context, server))
    ide.page.on("request", asked.append)
    ide.page.on("console", lambda message: said.append(message.text))
    ide.page.reload()
    ide.wait_connected()
    before = [request for request in asked if "/static/" in request.url]
    assert len(before) <= 8
    wait_until(
        lambda: any("chunk-view" in request.url for request in asked), 20, "the editor came too"
    )
    hosts = {urlsplit(request.url).netloc for request in asked if request.url[:4] == "http"}
    assert hosts == {urlsplit(server.url).netloc}
    assert [text for text in said if "Content Security Policy" in text] == []
    dist = Path(__file__).parents[2] / "ide" / "static" / "dist"
    names = {request.url.rpartition("/")[2] for request in asked if "/static/dist/" in request.url}
    packed = sum((dist / f"{name}.gz").stat().st_size for name in names)
    assert packed <= FIRST_LOAD_BYTES, sorted(names)
