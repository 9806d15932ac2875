"""`./run stop` and the next start: consoles ended with the server, they did not fail."""

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OWNER, Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView
from tests.ports import free_port
from tests.server import Server

FAILED = re.compile("failed")


def test_an_open_page_and_the_list_say_that_the_server_was_stopped(
    tmp_path: Path, device: Device
) -> None:
    with Server(tmp_path / "data", "--bind", f"127.0.0.1:{free_port()}") as server:
        server.add_user(*OWNER, owner=True)
        page = sign_in(device("desktop"), server)
        view = ConsoleView(page).wait_for_prompt()
        view.start("trap 'exit 7' HUP; while :; do sleep 0.1; done")
        assert server.run("stop").returncode == 0
        assert server.process
        server.process.wait(20)
        server.start()
        ended = view.region.get_by_role("status").filter(has_text="Ended")
        said = re.compile(r"Ended \d\d:\d\d, after .*\. The server was stopped\.")
        expect(ended).to_contain_text(said, timeout=30_000)
        expect(Ide(page).console_tab("Bash")).not_to_have_attribute("title", FAILED)
        listed = json.loads(Ide(page).api("GET", "consoles")["text"])["consoles"]
        assert {one["exit"]["how"] for one in listed} == {"stopped"}
