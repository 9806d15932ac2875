"""The first minute: a live prompt, an example that counts, and the names that others rely on."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Device, devices, sign_in
from tests.browser.page import Ide
from tests.server import Server
from tests.waiting import wait_until

COUNT = ("count", "another long password")


@pytest.fixture(scope="module")
def person(server: Server) -> tuple[str, str]:
    server.add_user(*COUNT)
    return COUNT


def test_first_sign_in_gives_a_live_prompt_and_an_example(
    server: Server, device: Device, person: tuple[str, str]
) -> None:
    ide = Ide(sign_in(device("desktop"), server, person))
    ide.wait_connected()
    expect(ide.page.get_by_text("Open a file, or try an example that counts")).to_be_visible()
    prompt = ide.console("Bash")
    expect(prompt).to_be_visible()
    expect(prompt).to_have_attribute("data-console-id", re.compile("."))
    expect(prompt).to_contain_text("$")
    ide.button("Try an example").click()
    expect(ide.editor("count.py")).to_contain_text("for number in range")
    expect(ide.file_tab("count.py")).to_have_attribute("aria-selected", "true")
    expect(ide.entry("count.py")).to_be_visible()
    assert "time.sleep" in ide.disk("count.py")
    ide.button("Run").click()
    expect(ide.console("count.py")).to_contain_text(re.compile(r"1\s*2\s*3"))
    assert ide.troubles == []


def test_leaving_before_it_is_saved_leaves_a_first_visit(server: Server, device: Device) -> None:
    """The console is there at the next device, however early the first one went."""
    who = ("hasty", "one more long password")
    server.add_user(*who)
    context = device("desktop")
    saved: list[Route] = []

    def only_the_first(route: Route) -> None:
        if route.request.method == "PUT":
            saved.append(route)
        if len(saved) > 1:
            route.abort()
        else:
            route.continue_()

    context.route("**/layout/open", only_the_first)
    expect(Ide(sign_in(context, server, who)).console("Bash")).to_contain_text("$")
    context.close()
    expect(Ide(sign_in(device("landscape"), server, who)).console("Bash")).to_contain_text("$")


def test_what_is_opened_while_a_save_is_under_way_is_saved_right_after(
    server: Server, device: Device, person: tuple[str, str]
) -> None:
    context = device("desktop")
    never = "(run, ms, ...rest) => ms === 1000 ? 0 : real(run, ms, ...rest)"
    context.add_init_script(f"const real = setTimeout; window.setTimeout = {never}")
    ide = Ide(sign_in(context, server, person))
    ide.wait_connected()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route("**/layout/open", hold)
    new = ide.page.get_by_role("button", name="New Bash console").first
    for count in (1, 2):
        with ide.page.expect_response(re.compile(r"/consoles$")) as answer:
            new.click()
        expect(ide.console(answer.value.json()["title"])).to_contain_text("$")
        wait_until(lambda: ide.page.evaluate("true") and held, 30, "the first save")
        assert len(held) == 1, count
    with ide.page.expect_request("**/layout/open") as request:
        held[0].continue_()
    assert answer.value.json()["id"] in request.value.post_data_json["consoles"]


def test_nothing_invites_to_start_what_is_starting(server: Server, device: Device) -> None:
    who = ("slow", "yet another password")
    server.add_user(*who)
    context = device("desktop")
    held: list[Route] = []
    context.route(
        "**/consoles", lambda r: held.append(r) if r.request.method == "POST" else r.continue_()
    )
    ide = Ide(sign_in(context, server, who))
    expect(ide.page.get_by_role("img", name="Starting a console")).to_be_visible()
    expect(ide.page.get_by_text("No console is shown here")).to_have_count(0)
    wait_until(lambda: ide.page.evaluate("true") and held, 30, "the console is asked for")
    assert len(held) == 1
    held[0].continue_()
    expect(ide.console("Bash")).to_contain_text("$")
    assert ide.troubles == []


def test_the_example_never_overwrites(
    server: Server, device: Device, person: tuple[str, str]
) -> None:
    ide = Ide(sign_in(device("desktop"), server, person))
    ide.wait_connected()
    ide.put("count.py", "print('mine')\n")
    ide.button("Close count.py").click()
    ide.button("Try an example").click()
    expect(ide.editor("count.py")).to_contain_text("mine")


ONE_PANE = {"phone", "low"}
"""Devices that show one part of the page at a time."""


@pytest.mark.parametrize("name", devices("desktop", "landscape", "phone"))
def test_names_on_the_page(server: Server, device: Device, name: str) -> None:
    ide = Ide(sign_in(device(name), server))
    ide.wait_connected()
    ide.put("names.py", "print(1)\n")
    ide.show_files()
    expect(ide.entry("names.py")).to_be_visible()
    expect(ide.entry("names.py").get_by_role("button")).to_have_accessible_name(
        "More actions for file names.py"
    )
    expect(ide.page.get_by_role("button", name=re.compile("^Workspace: Memory"))).to_be_visible()
    once = ide.page.get_by_text(re.compile(r"^Memory "))  # in words where no bars stand for it
    expect(once).to_have_count(1 if name == "desktop" else 0)
    for button in ("New file", "New folder", "Upload"):
        header = ide.page.locator(".files-header")
        expect(header.get_by_role("button", name=button, exact=True)).to_be_visible()
    ide.open("names.py")
    expect(ide.editor("names.py")).to_have_attribute("aria-multiline", "true")
    expect(ide.file_tab("names.py")).to_be_visible()
    for button in ("Close names.py", "Save", "Run"):
        expect(ide.button(button)).to_be_visible()
    if name in ONE_PANE:
        ide.page.get_by_role("navigation").get_by_role("button", name="Console").click()
    expect(ide.page.get_by_role("tablist", name="Consoles")).to_be_visible()
    for button in ("New Bash console", "New Python console"):
        expect(ide.button(button)).to_be_visible()
    if name not in ONE_PANE:
        for divider in ide.page.get_by_role("separator").all():
            assert divider.get_attribute("aria-valuenow")
            assert divider.get_attribute("aria-valuemin")
            assert divider.get_attribute("aria-valuemax")
        assert ide.page.get_by_role("separator").count() >= 1
    assert ide.troubles == []
