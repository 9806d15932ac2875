"""A tablet's page in Debian's Chromium, as it is or slowed down; in_page.js notes times in it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, CDPSession, Locator, Page, sync_playwright

from tests.browser.conftest import DEVICES, FLAGS
from tests.browser.page import Ide
from tests.browser.terminals import touch_drag

IN_PAGE: Final = Path(__file__).with_name("in_page.js")
WAIT_MS: Final = 150_000
AT_REST_MS: Final = 3000
"""By then a page that shows its prompt has loaded what that did not need."""
FLICKS: Final = 4
FLICK_STEPS: Final = 12
MEGABIT_BYTES: Final = 1_000_000 // 8


@dataclass(frozen=True)
class Pace:
    """How fast the device and its network are."""

    name: str
    cpu_slower: int = 1
    round_trip_ms: int = 0
    megabits: int = 0
    """A second, each way; 0 for no limit."""


AS_IS: Final = Pace("as it is")
SLOWED: Final = Pace("slowed", cpu_slower=4, round_trip_ms=40, megabits=10)


@dataclass(frozen=True)
class Scroll:
    """Some flicks with one finger, until all is at rest again."""

    frames_per_second: float
    longest_gap_ms: float


class TabletPage:
    """One open page, of which the figures are read."""

    def __init__(self, page: Page, pace: Pace) -> None:
        self.page = page
        self.ide = Ide(page)
        self.pace = pace
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("Network.enable")
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": pace.cpu_slower})
        self.network()
        page.add_init_script(f"window.benchRoundTripMs = {pace.round_trip_ms}")

    def network(self, *, offline: bool = False) -> None:
        """Take the network away, or give it back; the page hears of it."""
        rate = self.pace.megabits * MEGABIT_BYTES or -1
        if self.page.url != "about:blank":
            self.bench(f"offline = {str(offline).lower()}")
        limits = {
            "latency": self.pace.round_trip_ms,
            "downloadThroughput": rate,
            "uploadThroughput": rate,
        }
        self.cdp.send("Network.emulateNetworkConditions", {"offline": offline, **limits})

    def bench(self, expression: str) -> Any:
        """Evaluate something of in_page.js."""
        return self.page.evaluate(f"bench.{expression}")

    def until(self, expression: str) -> Any:
        """The same once it is true."""
        found = self.page.wait_for_function(f"() => bench.{expression}", timeout=WAIT_MS)
        return found.json_value()

    def at_rest(self) -> None:
        """Wait until the prompt is there, and what the page loads after it."""
        self.until("promptMs")
        self.page.wait_for_timeout(AT_REST_MS)

    def ms_until(self, what: str, text: str, act: Callable[[], object], after: str = "") -> float:
        """From `act`, or from the event `after` that it brings, until it `shows` or `lists`."""
        self.page.evaluate("of => bench.time(...of)", [what, text, after])
        act()
        return float(self.until("taken"))

    def longest_task_ms(self) -> float:
        """The longest since `forgetTasks()`; 0 where none took 50 ms."""
        return float(self.bench("longestTask()"))

    def flick(self, scroller: Locator) -> Scroll:
        """Flick through a list, upwards, and count frames while it moves."""
        box = scroller.bounding_box()
        assert box, "it is on the page"
        low, high = (box["y"] + box["height"] * share for share in (0.8, 0.2))
        scroller.evaluate("scroller => bench.follow(scroller)")
        for _ in range(FLICKS):
            touch_drag(self.page, box["x"] + 60, low, high, FLICK_STEPS)
        self.until("rests()")
        moved = self.bench("moved()")
        return Scroll(moved["perSecond"], moved["longestGapMs"])


class Tablet:
    """A tablet with its own caches on disk. `url` ends with a slash."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url

    def sign_in(self, name: str, password: str) -> None:
        """Sign in by the form."""
        with self.page(AS_IS) as opened:
            page = opened.page
            page.get_by_role("textbox", name="User name").fill(name)
            page.get_by_role("textbox", name="Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("status", name="Connection").wait_for()
            opened.at_rest()

    @contextmanager
    def page(self, pace: Pace, *, cold: bool = False) -> Iterator[TabletPage]:
        """Open the page in a tab of its own; `cold` empties the cache before."""
        with self._tab(pace) as opened:
            if cold:
                opened.cdp.send("Network.clearBrowserCache")
            opened.page.goto(self.url, wait_until="commit")
            yield opened

    @contextmanager
    def bare(self, pace: Pace, html: str = "") -> Iterator[TabletPage]:
        """Open a page of the same server with nothing of ours in it."""
        with self._tab(pace) as opened:
            opened.page.goto(f"{self.url}healthz")
            if html:
                opened.page.set_content(html)
            yield opened

    @contextmanager
    def _tab(self, pace: Pace) -> Iterator[TabletPage]:
        page = self.context.new_page()
        try:
            yield TabletPage(page, pace)
        finally:
            page.close()


@contextmanager
def tablet(url: str, profile: Path) -> Iterator[Tablet]:
    """Start a browser of a tablet's size and touch, with its profile in a folder.

    Without service workers: the debugger does not slow their requests down.
    """
    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            headless=True,
            args=FLAGS,
            service_workers="block",
            **DEVICES["landscape"],
        )
        context.set_default_timeout(WAIT_MS)
        context.add_init_script(path=IN_PAGE)
        yield Tablet(context, url)
        context.close()
