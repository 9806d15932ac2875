"""The service worker: an honest page while nobody answers, the way back, nothing of people.

tests/webkit/test_offline_page.py has the same at a whole host.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DEVICES, FLAGS, Device, sign_in
from tests.browser.page import Ide
from tests.nginx.conftest import NGINX, Nginx
from tests.ports import free_port
from tests.server import OWNER, Server
from tests.waiting import wait_until

HEADING = "Offline"


def with_worker(page: Page) -> Ide:
    """Return the page once a worker is active for it."""
    ide = Ide(page)
    ide.wait_connected()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return ide


def stop_web(server: Server) -> None:
    assert server.process
    server.process.terminate()
    server.process.wait(30)


def expect_offline(page: Page) -> None:
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(re.compile("did not answer|is offline"))
    expect(page.locator("main")).to_contain_text("tries again by itself")


def expect_back(page: Page) -> None:
    """It tries by itself, after pauses that grow to a quarter of a minute."""
    expect(Ide(page).connection).to_have_text("connected", timeout=90_000)


_KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
  return kept;
}"""


def test_nothing_is_kept_but_the_build_and_the_offline_page(device: Device, server: Server) -> None:
    page = sign_in(device("desktop", workers=True), server)
    ide = with_worker(page)
    ide.put("mine.py", "print('mine')\n")
    page.reload()  # from now on every request goes by the worker
    ide = with_worker(page)
    ide.open("mine.py")
    with page.expect_download() as told:
        ide.actions_of("mine.py", "Download")
    assert Path(told.value.path()).read_text() == "print('mine')\n"
    kept = page.evaluate(_KEPT)
    allowed = re.compile(rf"{re.escape(server.url)}(offline|static/dist/[^/?]+)")
    assert [url for url in kept if not allowed.fullmatch(url)] == []
    assert any("static/dist/main-" in url for url in kept)


_TELLS_REGISTERED = """
  const workers = ServiceWorkerContainer.prototype, {register} = workers;
  workers.register = async function (...given) {
    const done = await register.apply(this, given);
    globalThis.registered = true;
    return done;
  };
"""


def test_a_new_worker_takes_over_and_reloads_nobody(device: Device, server: Server) -> None:
    page = sign_in(device("desktop", workers=True), server)
    with_worker(page)
    page.add_init_script(_TELLS_REGISTERED)
    page.reload()
    with_worker(page)
    # The page registers its worker after the first prompt: done later, it would replace this one.
    wait_until(lambda: page.evaluate("globalThis.registered"), 30, "it has registered its own")
    page.evaluate("globalThis.stays = true")
    taken = page.evaluate(
        """async () => {
          const {serviceWorker} = navigator;
          const taken = new Promise((resolve) => serviceWorker.addEventListener(
              "controllerchange", () => resolve(serviceWorker.controller.scriptURL), {once: true}));
          await serviceWorker.register("sw.js?another", {scope: "./"});
          return taken;
        }"""
    )
    assert taken.endswith("sw.js?another")
    expect(page.get_by_role("status", name="Connection")).to_have_text("connected")
    assert page.evaluate("globalThis.stays") is True


def test_files_of_older_builds_do_not_pile_up(device: Device, server: Server) -> None:
    page = sign_in(device("desktop", workers=True), server)
    with_worker(page)
    page.evaluate(
        """async () => {
          const cache = await caches.open(`ide-built ${location.href}`);
          for (let at = 0; at < 120; at += 1)
            await cache.put(`static/dist/old-${at}.js`, new Response("old"));
        }"""
    )
    page.reload()
    with_worker(page)

    def is_tidy() -> bool:
        kept = [url for url in page.evaluate(_KEPT) if "/static/dist/" in url]
        of_the_offline_page = 2
        has_new = any("/main-" in url for url in kept)
        has_oldest = any(url.endswith("/old-0.js") for url in kept)
        return has_new and not has_oldest and len(kept) <= 80 + of_the_offline_page

    wait_until(is_tidy, 30, "the build is kept and the oldest files are gone")


def test_it_can_be_installed(device: Device, server: Server) -> None:
    context = device("landscape", workers=True)
    page = sign_in(context, server)
    with_worker(page)
    tools = context.new_cdp_session(page)
    told: dict[str, Any] = tools.send("Page.getAppManifest")
    assert told["errors"] == []
    assert told["url"] == f"{server.url}manifest.webmanifest"
    errors = [
        each["errorId"]
        for each in tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    ]
    assert [error for error in errors if error != "in-incognito"] == []
    sizes = page.evaluate(
        """async () => {
          const manifest = document.querySelector("link[rel=manifest]").href;
          const {icons} = await (await fetch(manifest)).json();
          const named = icons.map(({src}) => new URL(src, manifest));
          named.push(document.querySelector("link[rel=apple-touch-icon]").href);
          return Promise.all(named.map(async (url) =>
              (await createImageBitmap(await (await fetch(url)).blob())).width));
        }"""
    )
    assert sizes == [192, 512, 512, 180]


@pytest.mark.nginx
def test_below_a_path_behind_nginx_it_says_so_and_comes_back(
    chromium: Browser, tmp_path: Path
) -> None:
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install -y nginx-light")
    plain, tls, ide = free_port(), free_port(), free_port()
    address = f"https://localhost:{tls}/ide/"
    options = ["--bind", f"127.0.0.1:{ide}", "--address", address]
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, "--ignore-certificate-errors"]
    )
    try:
        with Server(tmp_path / "data", *options) as server, Nginx(tmp_path, plain, tls, ide):
            server.add_user(*OWNER, owner=True)
            page = sign_in(browser.new_context(**DEVICES["landscape"]), server)
            page.set_default_timeout(30_000)
            with_worker(page)
            scope = page.evaluate("navigator.serviceWorker.ready.then(({scope}) => scope)")
            assert scope == address
            told = page.context.new_cdp_session(page).send("Page.getAppId")
            assert told["appId"] == address, "another app than one at another path"
            page.goto(f"{address}diagnostics")
            expect(page.locator("#socket-log")).to_contain_text("socket open after")
            page.goto(address)
            stop_web(server)
            page.reload()  # nginx answers 502
            expect_offline(page)
            rounded = "getComputedStyle(document.querySelector('main')).borderRadius"
            assert page.evaluate(rounded) == "10px"
            page.goto(f"{address}sign-in")
            expect_offline(page)
            page.get_by_role("button", name="Try again now").click()
            expect_offline(page)
            server.start()
            expect_back(page)
            assert page.url == address, "signed in still, so sign-in led on"
    finally:
        browser.close()
