"""Debian's Chromium, driven by Playwright, against a real server.

Its headless shell where that is installed: the same pages without the windows around them, which
nobody sees here and which take a quarter of the processor. `./check long`, and what needs more than
a page, have the whole browser.

The server is shared by all of them, but each file has a person of its own on it, and so a workspace
that nobody used before; each test has a context (a device) of its own. Files that kill things take
`own_server` instead.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.server import OWNER, Server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

DEVICES = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "landscape": {"viewport": {"width": 1180, "height": 820}, "has_touch": True, "is_mobile": True},
    "portrait": {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "low": {"viewport": {"width": 1180, "height": 460}, "has_touch": True, "is_mobile": True},
}
"""The sizes every page is looked at in; the last is a tablet's with its keyboard up."""


def devices(*names: str) -> list[object]:
    """Return all of DEVICES as params: `./check` takes `names`, `./check long` the others too."""
    rest = [pytest.param(name, marks=pytest.mark.in_full) for name in DEVICES if name not in names]
    return [*names, *rest]


def touch_devices(*names: str) -> list[object]:
    """Return the same without the desktop."""
    return [param for param in devices(*names, "desktop") if param != "desktop"]


expect.set_options(timeout=30_000)  # two noisy cores; a test fails on what never comes

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and have them come last.

    Playwright's loop runs in the main thread until the session ends: none of another test can.
    """
    for item in items:
        if _is_here(item):
            item.add_marker(pytest.mark.browser)
    items.sort(key=_is_here)


def _is_here(item: pytest.Item) -> bool:
    return Path(__file__).parent in item.path.parents


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def _launch(playwright: Playwright, path: str | None) -> Browser:
    if path is None:
        pytest.skip("Debian's chromium is not installed")
    return playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)


@pytest.fixture(scope="session")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser with its windows: a file that needs more than pages has it as its `chromium`."""
    browser = _launch(playwright, shutil.which("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, pytestconfig: pytest.Config) -> Iterator[Browser]:
    shell = None if pytestconfig.getoption("--full") else shutil.which("chromium-headless-shell")
    browser = _launch(playwright, shell or shutil.which("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("shared-server") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def server(shared_server: Server, request: pytest.FixtureRequest) -> Iterator[Server]:
    name = request.path.stem.removeprefix("test_").replace("_", "-")
    shared_server.who = (name, OWNER[1])
    shared_server.add_user(*shared_server.who, owner=True)
    yield shared_server
    shared_server.end_workspaces()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("own-server") / "data") as server:
        server.add_user(*OWNER, owner=True)
        yield server


class Device(Protocol):
    """Makes a device by its name in DEVICES, with the login of the page `like`."""

    def __call__(
        self, name: str, *, workers: bool = False, like: Page | None = None
    ) -> BrowserContext: ...


def _new_device(
    chromium: Browser, name: str, *, workers: bool = False, like: Page | None = None
) -> BrowserContext:
    context = chromium.new_context(
        **DEVICES[name],
        service_workers="allow" if workers else "block",
        storage_state=like.context.storage_state() if like else None,
    )
    context.set_default_timeout(20_000)
    return context


@pytest.fixture
def device(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Device]:
    """Make a device by its name in DEVICES; a test that fails leaves a picture of each page.

    Without `workers` there is no service worker: requests that go through one cannot be held up.
    """
    contexts: list[BrowserContext] = []

    def make(name: str, *, workers: bool = False, like: Page | None = None) -> BrowserContext:
        contexts.append(_new_device(chromium, name, workers=workers, like=like))
        return contexts[-1]

    def take_pictures() -> None:
        for number, context in enumerate(contexts):
            for page in context.pages:
                ARTIFACTS.mkdir(exist_ok=True)
                page.screenshot(path=ARTIFACTS / f"{request.node.name}-{number}.png")

    request.node.take_pictures = take_pictures
    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def one_page(chromium: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """Sign in on one device for a whole file: that takes longer than most of its tests."""
    contexts: list[BrowserContext] = []

    def make(name: str) -> Page:
        contexts.append(_new_device(chromium, name))
        return sign_in(contexts[-1], server)

    yield make
    for context in contexts:
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:  # before what the test made is put away
        getattr(item, "take_pictures", lambda: None)()
    return report


def sign_in(
    context: BrowserContext,
    server: Server,
    who: tuple[str, str] | None = None,
    *,
    by_form: bool = False,
) -> Page:
    """Open the page, signed in: by the form, as a person would, unless a login is left over.

    A login of its own takes as much of the processor as the page itself. Two devices at a time
    never have the same one.
    """
    name, password = who or server.who
    page = context.new_page()
    unused = server.logins[name]
    login = [] if by_form or not unused else unused.pop()
    context.add_cookies(login)
    page.goto(server.url)
    here = page.get_by_role("status", name="Connection")
    send = page.get_by_role("button", name="Sign in")
    here.or_(send).first.wait_for()
    if send.is_visible():  # nobody's, or signed out meanwhile
        page.get_by_role("textbox", name="User name").fill(name)
        page.get_by_role("textbox", name="Password").fill(password)
        send.click()
        here.wait_for()
        login = context.cookies()
    context.on("close", lambda _: unused.append(login))
    return page
