"""A plan that the machine does not hold: the page says so, in the sentence of the server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ide.accounts import people, plans
from ide.settings import Settings
from ide.store.database import open_database
from tests.browser.conftest import Device, sign_in
from tests.ordinary import make_server, open_folder
from tests.server import Server

WHO = ("stranger", "one more long password")


@pytest.fixture
def server() -> Iterator[Server]:
    """An ordinary user's: one account for all is below level 3 on any machine."""
    with open_folder() as folder, make_server("ordinary", folder) as running:
        running.add_user(*WHO)
        settings = Settings(data=running.data)
        database = open_database(settings)
        plans.add(database, "strict", "standard")
        plans.change(database, "strict", {"level": "3"})
        people.give_plan(database, settings, WHO[0], "strict")
        database.close()
        yield running


def test_a_console_that_the_machine_cannot_hold_is_refused_with_the_sentence(
    server: Server, device: Device
) -> None:
    page = sign_in(device("desktop"), server, WHO)
    sentence = page.get_by_text("the plan strict asks for level 3").first
    expect(sentence).to_contain_text(" doctor` says what is missing.")
