"""Debian's Chromium, driven by Playwright, against a real server.

The server is shared by all of them, but each file has a person of its own on it, and so a workspace
that nobody used before; each test has a context (a device) of its own. Files that kill things take
`own_server` instead.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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
}
"""The four sizes every page is looked at in."""

expect.set_options(timeout=30_000)  # two noisy cores; a test fails on what never comes

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
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


Device = Callable[[str], BrowserContext]


@pytest.fixture
def device(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Device]:
    """Make a device by its name in DEVICES; a failed test leaves a picture of each page."""
    contexts: list[BrowserContext] = []

    def make(name: str) -> BrowserContext:
        context = chromium.new_context(**DEVICES[name])
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context

    yield make
    failed = getattr(request.node, "failed", False)
    for number, context in enumerate(contexts):
        for page in context.pages if failed else []:
            ARTIFACTS.mkdir(exist_ok=True)
            page.screenshot(path=ARTIFACTS / f"{request.node.name}-{number}.png")
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report


def sign_in(context: BrowserContext, server: Server, who: tuple[str, str] | None = None) -> Page:
    """Open the page as a person would: by the form."""
    name, password = who or server.who
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("textbox", name="User name").fill(name)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("status", name="Connection").wait_for()
    return page
