"""A console on the page, as a test sees it: its region, the rows on its screen, its keyboard."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

from tests.waiting import wait_until

PROMPT = re.compile(r"\$\s*$")


class ConsoleView:
    """The console in front. Rows are read from the DOM, which holds what is on the screen."""

    def __init__(self, page: Page, title: str = "") -> None:
        self.page = page
        name = f"Console {title}" if title else re.compile(r"^Console .+")
        self.region: Locator = page.get_by_role("region", name=name).first
        self.rows = self.region.locator(".xterm-rows").first
        self.input = self.region.locator(".xterm-helper-textarea")

    @property
    def title(self) -> str:
        """What the console is called."""
        return (self.region.get_attribute("aria-label") or "").removeprefix("Console ")

    def wait_for_prompt(self) -> "ConsoleView":
        """Wait until the shell has printed its prompt."""
        expect(self.rows).to_have_text(re.compile(r"\$"), timeout=30_000)
        return self

    def take_keys(self) -> None:
        """Give the terminal the keys, once what was just closed has let go of them.

        Under a dialog nothing can be focused, and a tap closes one a moment after it is over.
        """
        take = "field => { field.focus(); return document.activeElement === field; }"
        wait_until(lambda: self.input.evaluate(take), 30, "the keys in the terminal")

    def run(self, line: str) -> None:
        """Type a line and Enter, as with a keyboard."""
        self.take_keys()
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def start(self, command: str) -> None:
        """Run a command that does not end, and wait until it runs."""
        self.run(f"printf 'it-%s\\n' runs; {command}")
        self.expect("it-runs")

    def sleep(self) -> None:
        """Have a program sleep that ^C ends, and wait for its own word.

        A shell keeps an interrupt to itself that comes between its fork and a program's start.
        """
        self.run("sh -c 'printf \"it-%s\\n\" sleeps; exec sleep 300'")
        self.expect("it-sleeps")

    def expect(self, text: str | re.Pattern[str], seconds: float = 30) -> None:
        """Wait until the screen shows `text`."""
        expect(self.rows).to_contain_text(text, timeout=seconds * 1000)

    def text(self) -> str:
        """What is on the screen, one line a row."""
        rows = self.rows.evaluate("rows => [...rows.children].map(row => row.textContent)")
        return "\n".join(row.replace("\xa0", " ").rstrip() for row in rows)


def is_making_a_console(response: Response) -> bool:
    """Whether this answers a page that asked for a new console."""
    return response.request.method == "POST" and response.url.endswith("/consoles")


def new_console(page: Page) -> ConsoleView:
    """Press New Bash console and wait for its prompt. A narrow room shows one part at a time."""
    page.get_by_role("status", name="Connection").get_by_text("connected").wait_for()
    parts = page.get_by_role("navigation", name="Parts of the page")
    if parts.is_visible():
        parts.get_by_role("button", name="Console").click()
    # A first visit brings a console by itself; a second one asked for meanwhile would race it.
    some = page.get_by_role("region", name=re.compile("^Console ")).locator(".xterm-rows")
    some.or_(page.get_by_text("No console is shown here")).first.wait_for()
    with page.expect_response(is_making_a_console) as answer:
        page.get_by_role("button", name="New Bash console").first.click()
    made = answer.value.json()
    # One that was removed a moment ago may have had the same title, and still be shown.
    expect(page.locator(f"[data-console-id='{made['id']}']")).to_be_visible()
    return ConsoleView(page, made["title"]).wait_for_prompt()


def remove_consoles(page: Page) -> None:
    """End and forget every console of the person, so that the next test starts with few."""
    page.evaluate(
        """async () => {
             const boot = JSON.parse(document.getElementById('boot').textContent);
             const at = `${boot.base}api/v1/workspaces/${boot.workspace.id}/consoles`;
             const headers = {'X-CSRF-Token': boot.csrf, 'Content-Type': 'application/json'};
             const send = (method, path, body) =>
               fetch(at + path, {method, headers, body: body && JSON.stringify(body)});
             const {consoles} = await (await fetch(at)).json();
             for (const {id, state} of consoles) {
               if (state === 'running') await send('POST', `/${id}/end`, {how: 'kill'});
               await send('DELETE', `/${id}`);
             }
           }"""
    )


def saved(page: Page) -> None:
    """Wait until the server has what is open here: another device opens it too."""
    page.wait_for_function(
        "() => !Object.keys(sessionStorage).some(key => /^layout:.*:open$/.test(key))"
    )


REFUSING_SOCKET = """class extends EventTarget {
  readyState = 0;
  constructor() { super(); setTimeout(() => this.refuse(), 5); }
  refuse() { this.readyState = 3; this.onclose?.({code: 1006, reason: ''}); }
  send() {}
  close() {}
}"""
"""JavaScript's class of a WebSocket that something on the way refuses."""


def record_sockets(where: Page | BrowserContext) -> None:
    """Have pages remember every WebSocket that they open from now on, in `window.sockets`."""
    where.add_init_script(
        """
        window.sockets = [];
        window.WebSocket = class extends WebSocket {
          constructor(...args) { super(...args); window.sockets.push(this); }
        };
        """
    )


def cut_socket(page: Page) -> None:
    """Close the newest socket under the page's feet; it hears of it as of a network that broke."""
    page.evaluate("window.sockets.at(-1).close()")


class Fingers:
    """Fingers on the page, as the browser's debugger puts them there."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def at(self, *points: tuple[float, float]) -> None:
        """Put so many fingers down, or move those that are down."""
        kind = "touchMove" if len(points) == self._down else "touchStart"
        self._touch(kind, points)

    def lift(self) -> None:
        """Lift all of them."""
        self._touch("touchEnd", ())

    _down = 0

    def _touch(self, kind: str, points: tuple[tuple[float, float], ...]) -> None:
        self._down = len(points)
        touched = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})


def touch_drag(page: Page, x: float, y: float, to_y: float, steps: int = 12) -> None:
    """Move one finger from (x, y) to (x, to_y), and lift it."""
    fingers = Fingers(page)
    for step in range(steps + 1):
        fingers.at((x, y + (to_y - y) * step / steps))
    fingers.lift()


def place_of(view: "ConsoleView", text: str) -> tuple[float, float]:
    """Return the middle of `text`, which stands in one row, in CSS pixels of the page."""
    x, y = view.rows.evaluate(
        """(rows, text) => {
             const walker = document.createTreeWalker(rows, NodeFilter.SHOW_TEXT);
             for (let node; (node = walker.nextNode()); ) {
               const at = node.data.indexOf(text);
               if (at < 0) continue;
               const range = document.createRange();
               range.setStart(node, at);
               range.setEnd(node, at + text.length);
               const {left, top, width, height} = range.getBoundingClientRect();
               return [left + width / 2, top + height / 2];
             }
             throw new Error(`${text} is not on the screen`);
           }""",
        text,
    )
    return x, y


def paste(view: ConsoleView, text: str) -> None:
    """What Ctrl+Shift+V or the browser's menu do."""
    view.input.evaluate(
        """(field, text) => {
             const clipboardData = new DataTransfer();
             clipboardData.setData('text/plain', text);
             const init = {clipboardData, bubbles: true, cancelable: true};
             field.dispatchEvent(new ClipboardEvent('paste', init));
           }""",
        text,
    )


def press_as_webkit_does(view: ConsoleView, letter: str) -> None:
    """Ctrl and a letter on a tablet's hardware keyboard: with the key code of Enter."""
    view.input.evaluate(
        """(field, key) => {
             const code = 'Key' + key.toUpperCase();
             const init = {key, code, ctrlKey: true, keyCode: 13, bubbles: true, cancelable: true};
             for (const name of ['keydown', 'keypress']) {
               field.dispatchEvent(new KeyboardEvent(name, init));
             }
           }""",
        letter,
    )


def soft_key(view: ConsoleView, char: str) -> None:
    """What an on-screen keyboard sends for one character."""
    view.input.evaluate(
        """(field, data) => {
             const undecided = {key: 'Unidentified', keyCode: 229, bubbles: true};
             field.dispatchEvent(new KeyboardEvent('keydown', undecided));
             field.value += data;
             const init = {data, inputType: 'insertText', bubbles: true, composed: true};
             field.dispatchEvent(new InputEvent('input', init));
             field.dispatchEvent(new KeyboardEvent('keyup', undecided));
           }""",
        char,
    )


def strike(key: Locator, times: int = 1) -> None:
    """Tap a key of the key row, however slow the machine is: one that stays down shows its menu."""
    key.evaluate(
        """(key, times) => {
             const init = {pointerType: 'touch', bubbles: true, cancelable: true, detail: 1};
             for (; times > 0; times -= 1) {
               key.dispatchEvent(new PointerEvent('pointerdown', init));
               key.dispatchEvent(new PointerEvent('pointerup', init));
               key.dispatchEvent(new MouseEvent('click', init));
             }
           }""",
        times,
    )


def bytes_that_arrive(view: ConsoleView, *, full_screen: bool = False) -> None:
    """Run a program that shows each byte it reads, in hex, until `q`."""
    enter, leave = (
        (r"printf '\033[?1049h'; ", r"printf '\033[?1049l'; ") if full_screen else ("", "")
    )
    view.run(
        f"{enter}stty raw -echo; printf 'it-%s ' runs; "
        "while IFS= read -rN1 c; do printf '<%02x>' \"'$c\"; "
        f'[ "$c" = q ] && break; done; stty sane; {leave}echo ov""er'
    )
    view.expect("it-runs")


def find_bar(view: ConsoleView) -> Locator:
    """The search over a console's output."""
    return view.region.get_by_role("search", name="Find in the output")


def matches(view: ConsoleView) -> Locator:
    """How many matches it says there are, and at which one it is."""
    return find_bar(view).get_by_role("status", name="Matches")
