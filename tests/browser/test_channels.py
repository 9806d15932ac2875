"""Where I am told: the dialog, and the service worker that shows pushes.

No push service is reached from a test, so two halves meet in the middle: the page gets its
subscription from a stand-in of the browser's push manager, and what the server then encrypts is
read by the stand-in's keys; the worker gets a push through the browser's own tools. All of it is
on a sub-path, as behind nginx.
"""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import CDPSession, Locator, Page, Response, expect

from tests.browser.audit import beyond, nameless, small
from tests.browser.conftest import DEVICES, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView
from tests.fakes.outside_servers import Browser, MailServer, Service
from tests.ports import free_port
from tests.server import OWNER, Server
from tests.visitor import Visitor
from tests.waiting import wait_until

CLERK = "ide.clerk.main"
SUBSCRIBE = """
  let held = null;
  globalThis.unsubscribed = 0;
  const made = (options) => ({
    endpoint: SUBSCRIPTION.endpoint, options,
    toJSON: () => ({endpoint: SUBSCRIPTION.endpoint, keys: SUBSCRIPTION}),
    unsubscribe: async () => { held = null; globalThis.unsubscribed += 1; return true; },
  });
  PushManager.prototype.subscribe = async (options) => (held = made(options));
  PushManager.prototype.getSubscription = async () => held;
"""


CHANGED = """([old, fresh, reached]) => {
  globalThis.real ??= fetch;
  globalThis.fetch = (...given) => reached ? real(...given) : Promise.reject(new TypeError("away"));
  const made = (endpoint) => (
    {endpoint, options: {}, toJSON: () => ({endpoint, keys: fresh})}
  );
  PushManager.prototype.subscribe = async ({userVisibleOnly, applicationServerKey}) => {
    if (!userVisibleOnly || !applicationServerKey) throw new Error("no key of a server");
    return made(fresh.endpoint);
  };
  PushManager.prototype.getSubscription = async () => null;
  const event = new ExtendableEvent("pushsubscriptionchange");
  const said = old.endsWith("/") ? null : made(old);
  event.oldSubscription = said;
  event.newSubscription = said && made(fresh.endpoint);
  dispatchEvent(event);
}"""
"""In the worker: the browser gave out another subscription. One of the two is not told."""


@pytest.fixture(scope="module")
def chromium(whole_chromium: Chromium) -> Chromium:
    """Notifications are shown outside of pages."""
    return whole_chromium


class Telling(Server):
    """A server that may speak to loopback, and knows a mail server."""

    mail = ""

    def environment(self) -> dict[str, str]:
        more = {"IDE_CHANNELS_LOOPBACK": "1", "IDE_SMTP_FROM": "ide@example.org"}
        return super().environment() | more | {"IDE_SMTP_URL": self.mail}


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    options = ("--bind", f"127.0.0.1:{port}", "--address", f"http://localhost:{port}/ide/")
    with MailServer() as mails:
        server = Telling(tmp_path_factory.mktemp("telling") / "data", *options)
        server.mail = mails.url
        with server:
            server.add_user(*OWNER, owner=True)
            yield server


@pytest.fixture
def push() -> Iterator[Service]:
    with Service() as service:
        yield service


@contextmanager
def device(
    chromium: Chromium, telling: Server, subscription: dict[str, str]
) -> Iterator[tuple[Ide, Locator]]:
    """A tablet whose browser gives out this subscription, with the dialog open."""
    context = chromium.new_context(**DEVICES["landscape"], permissions=["notifications"])
    context.add_init_script(SUBSCRIBE.replace("SUBSCRIPTION", json.dumps(subscription)))
    ide = Ide(sign_in(context, telling))
    ide.wait_connected()
    ide.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    ide.account("Where I am told…")
    yield ide, ide.dialog("Where I am told")
    context.close()


def test_a_device_is_switched_on_tested_renamed_and_removed(
    chromium: Chromium, telling: Server, push: Service
) -> None:
    browser = Browser()
    with device(chromium, telling, browser.subscription(push.url + "tablet")) as (ide, dialog):
        switched_on_and_off(ide, dialog, browser, push)


def switched_on_and_off(ide: Ide, dialog: Locator, browser: Browser, push: Service) -> None:
    page = ide.page
    expect(dialog).to_contain_text("Nothing is shown on this device")
    dialog.get_by_role("button", name="Tell me on this device").click()
    expect(dialog).to_contain_text("Notifications come to this device")
    dialog.get_by_role("button", name="Send a test").click()
    expect(dialog.get_by_role("status")).to_contain_text("The push service has taken it.")
    assert browser.read(push.got[0][2])["text"].startswith("This is a test")
    assert (nameless(page), small(page), beyond(page)) == ([], [], [])
    dialog.get_by_role("button", name="Rename").click()
    ide.dialog("Rename").get_by_label("Name").fill("My tablet")
    ide.dialog("Rename").get_by_role("button", name="Rename").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("My tablet (this one)")
    push.answer = 500
    dialog.get_by_role("button", name="Send a test to My tablet").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("The push service answered 500")
    dialog.get_by_role("button", name="Add webhook…").click()
    ide.dialog("Add webhook").get_by_label("Address").fill("https://10.0.0.1/")
    ide.dialog("Add webhook").get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not on the public internet")
    dialog.get_by_role("button", name="Add webhook…").click()
    expect(ide.dialog("Add webhook").get_by_label("Address")).to_have_value("https://10.0.0.1/")
    ide.dialog("Add webhook").get_by_label("Address").fill(push.url)
    ide.dialog("Add webhook").get_by_role("button", name="Add").click()
    expect(ide.dialog("Its secret").locator("code")).not_to_be_empty()
    ide.dialog("Its secret").get_by_role("button", name="Done").click()
    dialog.get_by_role("button", name="Add e-mail…").click()
    ide.dialog("Add e-mail").get_by_label("Address").fill("me@example.org")
    ide.dialog("Add e-mail").get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    dialog.get_by_role("button", name="Remove My tablet").click()
    expect(dialog).to_contain_text("Nothing is shown on this device")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_role("button", name="Close").click()
    ide.choose(ide.button("More actions for console Bash"), "Tell me when…")
    bells = page.get_by_role("dialog", name="Tell me when")
    bells.get_by_label("Send the last lines of output along").check()
    bells.get_by_role("button", name="Set").click()
    expect(bells.get_by_role("listitem")).to_have_count(1)
    assert '"excerpt":true' in ide.api("GET", "bells")["text"]
    bells.get_by_role("button", name="Where I am told…").click()
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    for number in range(2):
        dialog.get_by_role("button", name="Remove").first.click()
        expect(dialog.get_by_role("listitem")).to_have_count(1 - number)


def test_a_device_goes_on_being_told_whatever_its_browser_does_to_the_subscription(
    chromium: Chromium, telling: Server, push: Service
) -> None:
    browser = Browser()
    with device(chromium, telling, browser.subscription(push.url + "first")) as (ide, dialog):
        row = dialog.get_by_role("listitem")
        dialog.get_by_role("button", name="Tell me on this device").click()
        push.answer = 410  # notifications were taken away in the browser's settings
        row.get_by_role("button", name="Send a test").click()
        expect(row).to_contain_text("no longer knows this device")
        expect(dialog).to_contain_text("Nothing is shown on this device")
        push.answer = 201
        dialog.get_by_role("button", name="Tell me on this device").click()
        expect(dialog).to_contain_text("Notifications come to this device")
        assert ide.page.evaluate("globalThis.unsubscribed") == 1
        worker = ide.page.context.service_workers[0]
        for old, new in (("first", "second"), ("", "third")):  # not every browser says which
            fresh = Browser()
            given = [push.url + old, fresh.subscription(push.url + new)]
            with ide.page.context.expect_event("response", is_renewal) as renewed:
                worker.evaluate(CHANGED, [*given, True])
            assert renewed.value.status == 200
            push.came.clear()
            row.get_by_role("button", name="Send a test").click()
            expect(row.get_by_role("status")).to_contain_text("The push service has taken it.")
            assert push.came.wait(20)
            assert push.got[-1][0] == f"/{new}"
            assert fresh.read(push.got[-1][2])["text"].startswith("This is a test")
        last = Browser().subscription(push.url + "fourth")
        worker.evaluate(CHANGED, [push.url + "third", last, False])  # no server in this moment
        wait_until(lambda: worker.evaluate(f"caches.has('ide-renew {telling.url}')"), 20, "kept")
        worker.evaluate("globalThis.fetch = real")
        with ide.page.context.expect_event("response", is_renewal) as renewed:
            ide.page.reload()
        assert renewed.value.status == 200
        wait_until(lambda: not worker.evaluate(f"caches.has('ide-renew {telling.url}')"), 20)
        ide.account("Where I am told…")
        row.get_by_role("button", name="Send a test").click()
        expect(row.get_by_role("status")).to_contain_text("The push service has taken it.")
        assert push.got[-1][0] == "/fourth"
        row.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)


def test_a_tablet_in_safaris_tab_is_led_to_the_home_screen(
    chromium: Chromium, telling: Server
) -> None:
    context = chromium.new_context(**DEVICES["phone"], service_workers="block")
    context.add_init_script(
        "delete globalThis.PushManager; navigator.standalone = false"  # as Safari has it there
    )
    ide = Ide(sign_in(context, telling))
    ide.wait_connected()
    ide.account("Where I am told…")
    dialog = ide.dialog("Where I am told")
    expect(dialog.locator("ol li")).to_have_count(4)
    expect(dialog.locator("ol")).to_contain_text("Add to Home Screen")
    expect(dialog.get_by_role("button", name="Tell me on this device")).to_have_count(0)
    assert (nameless(ide.page), small(ide.page), beyond(ide.page)) == ([], [], [])
    context.close()


def is_renewal(response: Response) -> bool:
    return response.url.endswith("/ide/api/v1/channels/renew")


def shown(page: Page) -> list[dict[str, Any]]:
    """Return the notifications of this page's worker that the system shows."""
    return page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
             .map(({title, body, tag, data}) => ({title, body, tag, data}))"""
    )


TAP = """async () => {
  globalThis.opened = [];
  clients.openWindow = async (url) => { globalThis.opened.push(url); return null; };
  WindowClient.prototype.focus = async function () { return this; };
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", {notification}));
}"""
"""As a person's tap, without which no worker may bring a page to the front or open one."""


def registration_of(tools: CDPSession, page: Page, scope: str) -> str:
    """Return the browser's own id of the worker for this scope."""
    found: list[str] = []

    def registered(event: dict[str, Any]) -> None:
        ours = [one for one in event["registrations"] if one["scopeURL"] == scope]
        found.extend(one["registrationId"] for one in ours if not one["isDeleted"])

    tools.on("ServiceWorker.workerRegistrationUpdated", registered)
    tools.send("ServiceWorker.enable")
    wait_until(lambda: page.evaluate("1") and bool(found), 20, "the worker's registration")
    return found[-1]


def test_a_push_is_shown_once_and_a_tap_brings_the_page_to_its_lines(
    chromium: Chromium, telling: Server, tmp_path: Path
) -> None:
    context = chromium.new_context(**DEVICES["desktop"], permissions=["notifications"])
    page = sign_in(context, telling)
    ConsoleView(page).wait_for_prompt()  # a first visit makes one console
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.reload()  # from now on it is the worker's page
    view = ConsoleView(page).wait_for_prompt()
    view.run("seq 1000 1300; echo en''d")
    view.expect("end")
    (console,) = json.loads(Ide(page).api("GET", "consoles")["text"])["consoles"]
    log = Ide(page).api("GET", f"consoles/{console['id']}/log")["text"]
    at = log.index("\n1044\r") + 1
    page.evaluate("globalThis.stays = true")
    origin = page.evaluate("location.origin")
    hash_of = f"#console={console['id']}&at={at}&epoch={console['epoch']}"
    tools = context.new_cdp_session(page)
    registration = registration_of(tools, page, telling.url)

    def deliver(said: str, is_there: Callable[[], bool]) -> None:
        """Push until it is there: what comes while a worker just starts may go astray."""
        for _ in range(5):
            tools.send(
                "ServiceWorker.deliverPushMessage",
                {"origin": origin, "registrationId": registration, "data": said},
            )
            with suppress(AssertionError):
                wait_until(is_there, 8)
                return
        raise AssertionError(f"not shown: {said}; {shown(page)}")

    letter = {"tag": "w-1", "title": "train.py", "text": "failed", "hash": hash_of}
    deliver(json.dumps(letter), lambda: len(shown(page)) == 1)
    second = letter | {"text": "failed with status 2"}
    last = ["failed with status 2"]
    deliver(json.dumps(second), lambda: [one["body"] for one in shown(page)] == last)
    assert shown(page) == [
        {
            "title": "train.py",
            "body": "failed with status 2",
            "tag": "w-1",
            "data": {"hash": hash_of},
        }
    ]
    worker = context.service_workers[0]
    worker.evaluate(TAP)
    view.expect("1044")
    assert page.evaluate("globalThis.stays") is True
    assert worker.evaluate("globalThis.opened") == []
    wait_until(lambda: shown(page) == [], 20, "it is put away")
    page.goto("about:blank")
    clients = "async () => (await clients.matchAll({includeUncontrolled: true})).length"
    wait_until(lambda: worker.evaluate(clients) == 0, 20, "the page is gone")
    worker.evaluate("hash => registration.showNotification('x', {data: {hash}})", hash_of)
    worker.evaluate(TAP)
    wait_until(lambda: worker.evaluate("globalThis.opened") != [], 20, "a page is opened")
    assert worker.evaluate("globalThis.opened") == [f"{telling.url}{hash_of}"]
    page.goto(f"{telling.url}{hash_of}")
    view.expect("1044")
    page.goto("about:blank")
    worker.evaluate("""async () => {
      for (const each of await registration.getNotifications()) each.close();
    }""")
    page.goto(telling.url)
    deliver("garbage", lambda: len(shown(page)) == 1)
    context.close()


def all_told(server: Server) -> bool:
    """Whether the clerk has written of every letter that it was told."""
    with closing(sqlite3.connect(server.data / "ide.db")) as db:
        (waiting,) = db.execute("SELECT count(*) FROM deliveries WHERE state != 'done'").fetchone()
    return waiting == 0


def test_a_program_that_ends_with_no_page_open_comes_as_a_push_once_whatever_is_killed(
    telling: Server, push: Service
) -> None:
    """From a real console to the browser's keys: the bell, the keeper, the clerk, the service."""

    def rings(word: str) -> None:
        """Have a program say a word and end once its bell is set."""
        line = f"until [ -e {word} ]; do sleep .1; done; echo $((6*7))-{word}"
        with visitor.link() as link:
            link.hello(console)
            link.type(f"{line}\n".encode())
            link.read_until(line.encode())
        visitor.api("POST", "bells", json={"console": console, "when": "finished"})
        (home,) = telling.data.glob("*/home")
        (home / word).touch()

    def bells() -> list[dict[str, Any]]:
        found = visitor.api("GET", "bells").json()["bells"]
        return [one for one in found if one["console"] == console]

    browser = Browser()
    with Visitor(telling.url) as visitor:
        visitor.sign_in(*OWNER)
        body = browser.subscription(push.url + "tablet")
        visitor.http.post("api/v1/channels", json=body).raise_for_status()
        console = visitor.new_console()
        rings("done")
        wait_until(lambda: push.got, 40, "the push")
        said = browser.read(push.got[0][2])
        wait_until(lambda: all_told(telling), 20, "it is written down that it was told")
        os.kill(telling.pids(CLERK)[0], signal.SIGSTOP)
        rings("more")
        wait_until(lambda: not bells(), 40, "it rang")
        assert len(push.got) == 1
        for keeper in telling.pids("ide.keeper"):
            os.kill(keeper, signal.SIGKILL)
        telling.kill_web()
        wait_until(lambda: not telling.pids(CLERK), 20, "the clerk ended with it")
        telling.start()
        wait_until(lambda: len(push.got) > 1, 60, "the letter that waited")
        rings("last")
        wait_until(lambda: len(push.got) > 2, 40, "one more")
    told = [browser.read(body)["tag"] for _, _, body in push.got]
    assert (len(told), len(set(told))) == (3, 3)
    assert "finished after" in said["text"]
    assert said["hash"].startswith(f"#console={console}&at=")
    assert "42-done" not in json.dumps(said)
