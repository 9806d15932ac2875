"""Real Firefox, Debian's, without a display. It has no touch: it is here for the desk."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firefox.bidi import ENTER, F1, SECONDS, Firefox
from tests.relay import Relay
from tests.server import OWNER, Server
from tests.waiting import wait_until

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
CENTRE = """async (css) => {
  const seen = (one) => one.checkVisibility({visibilityProperty: true});
  const look = () => {
    const box = [...document.querySelectorAll(css)].find(seen)?.getBoundingClientRect();
    return box && [box.x + box.width / 2, box.y + box.height / 2];
  };
  const before = look();
  for (let frames = 2; frames > 0; frames -= 1) await new Promise(requestAnimationFrame);
  const after = look();
  return `${before}` === `${after}` ? after : null;
}"""
"""Of the first one in sight, once it stands still: what just opened may move."""
ALT_GRAPH = """(key, code, keyCode) => {
  window.gBrowser.selectedBrowser.focus();
  const typist = Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor);
  typist.beginInputTransactionForTests(window);
  const level = new window.KeyboardEvent("", {key: "AltGraph", code: "AltRight"});
  const event = new window.KeyboardEvent("", {key, code, keyCode});
  typist.keydown(level); typist.keydown(event);
  typist.keyup(event); typist.keyup(level);
}"""
HEAR = """(key) => {
  window.heard = false;
  const hear = (event) => {
    if (event.key !== key) return;
    window.heard = true;
    removeEventListener("keyup", hear, true);
  };
  addEventListener("keyup", hear, true);
}"""
ROWS = """() => [...document.querySelectorAll(".console-pane .xterm-rows")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}))
  .flatMap((rows) => [...rows.children]).map((row) => [row.textContent.replaceAll("\\u00a0", " "),
    row.getBoundingClientRect().toJSON()])"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.firefox)


class Page:
    """The editor's page, as its person finds their way on it."""

    def __init__(self, firefox: Firefox) -> None:
        self.firefox = firefox

    def click(self, css: str) -> None:
        """Click the first visible one, once there is one."""
        self.firefox.drag(wait_until(lambda: self.firefox.run(CENTRE, css), SECONDS, css))

    def words(self, css: str) -> str:
        """What stands in it, or "" where there is none."""
        return self.firefox.run("(css) => document.querySelector(css)?.innerText", css) or ""

    def rows(self) -> list[tuple[str, dict[str, float]]]:
        """Each row of the terminal in sight: its text, and where it is."""
        return self.firefox.run(ROWS)

    def screen(self) -> str:
        return "\n".join(text.rstrip() for text, _ in self.rows())

    def wait_for(self, pattern: str) -> None:
        """Wait until the terminal in sight shows it."""
        found = re.compile(pattern, re.MULTILINE)
        wait_until(lambda: found.search(self.screen()), SECONDS, pattern)

    def wait_until_said(self, state: str) -> None:
        """Wait until the status bar says it of the file in front."""
        said = "[role=status][aria-label=File]"
        wait_until(lambda: self.words(said).startswith(state), SECONDS, state)

    def command(self, words: str) -> None:
        """Take the first command that the palette finds by these words."""
        self.firefox.press(F1)
        option = "dialog [role=option][aria-selected=true]"
        wait_until(lambda: self.words(option), SECONDS, "commands")
        self.firefox.type(words)
        wait_until(lambda: words in self.words(option).lower(), SECONDS, words)
        self.firefox.press(ENTER)

    def type_with_alt_graph(self, char: str, code: str, key_code: int) -> None:
        """Type what stands third on a key: BiDi cannot, but Firefox's own input methods can.

        What comes this way and what BiDi types next are not in one queue: it waits for the key.
        """
        self.firefox.run(HEAR, char)
        self.firefox.run(ALT_GRAPH, char, code, key_code, in_page=False)
        wait_until(lambda: self.firefox.run("() => window.heard"), SECONDS, char)

    def enter(self, line: str) -> None:
        """Type a line into the terminal."""
        self.click(".console-pane .xterm-screen")
        self.firefox.type(line)
        self.firefox.press(ENTER)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """The way to a server."""
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        server.add_user(*OWNER, owner=True)
        with Relay(server.url) as relay:
            yield relay


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = shutil.which("firefox-esr")
    if program is None:
        pytest.skip("Debian's firefox-esr is not installed")
    with Firefox(program, tmp_path_factory.mktemp("profile")) as firefox:
        yield firefox


@pytest.fixture(scope="module")
def signed_in(firefox: Firefox, relay: Relay) -> Page:
    page = Page(firefox)
    firefox.go(relay.url)
    for field, text in zip(("[autocomplete=username]", "[type=password]"), OWNER, strict=True):
        page.click(f"form input{field}")
        firefox.type(text)
    firefox.press(ENTER)
    page.wait_for(r"\$")
    return page


@pytest.fixture
def page(signed_in: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page; nothing is thrown, warned of or forbidden, and a failed test leaves a picture."""
    firefox, failures = signed_in.firefox, request.session.testsfailed
    yield signed_in
    if request.session.testsfailed > failures:
        ARTIFACTS.mkdir(exist_ok=True)
        (ARTIFACTS / f"firefox-{request.node.name}.png").write_bytes(firefox.picture())
    firefox.run("() => null")  # what went wrong comes with an answer
    troubles, firefox.troubles = firefox.troubles, []
    assert troubles == []
