"""What the checker of open links passes on, without any socket."""

import dataclasses
import time

import pytest

from ide.consoles.links import NOTE_USE_SECONDS, RENEW_SECONDS, Links
from ide.errors import UnavailableError
from ide.store.schema import utc_now
from ide.workspaces.service import grant_for


class Recorded:
    """Stands for a link: notes what it is told."""

    def __init__(self, grant):
        self.grant, self.told, self.ended = grant, [], None

    def renew(self, grant):
        self.grant = grant
        self.told.append(grant)

    def end(self, code, reason):
        self.ended = (code, reason)

    def look(self, now):
        pass


@pytest.fixture
def links(settings, database):
    return Links(settings, database)


@pytest.fixture
def link(app, database, alice, links):
    caller = app.extensions["ide.gate"].load_login(alice.token)
    made = Recorded(grant_for(database, caller, alice.workspace))
    links._open.add(made)
    return made


def test_a_new_network_plan_is_passed_on(links, link, set_network):
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert link.told == []
    set_network("alice", "none")
    links._check(time.monotonic() + 2 * RENEW_SECONDS + 2)
    assert [str(grant.network) for grant in link.told] == ["none"]


def test_a_grant_is_renewed_long_before_it_ends(links, link):
    link.grant = dataclasses.replace(link.grant, until=utc_now().timestamp() + NOTE_USE_SECONDS)
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert link.told[0].until > utc_now().timestamp() + 29 * 24 * 3600


def test_an_open_link_is_use_of_its_login(links, link, alice, database):
    before = alice.get("logins").json["logins"][0]["used"]
    links._check(time.monotonic() + NOTE_USE_SECONDS + 1)
    assert alice.get("logins").json["logins"][0]["used"] > before
    assert link.ended is None


def test_the_number_is_bounded_and_a_place_comes_back(links, settings):
    for _ in range(settings.threads - settings.threads // 8):
        links.take_place()
    with pytest.raises(UnavailableError):
        links.take_place()
    links.give_place()
    links.take_place()
