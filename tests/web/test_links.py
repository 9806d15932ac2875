"""What the checker of open links passes on, without any socket."""

import contextlib
import dataclasses
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from wsproto.connection import Connection, ConnectionType

from ide.consoles.links import NOTE_USE_SECONDS, RENEW_SECONDS, Links
from ide.consoles.upgrade import Browser
from ide.errors import TooManyError, UnavailableError
from ide.guard.grant import Right
from ide.store.schema import utc_now
from ide.workspaces import service
from ide.workspaces.models import Workspace
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
def link(app, database, settings, alice, links):
    caller = app.extensions["ide.gate"].load_login(alice.token)
    made = Recorded(grant_for(database, settings, caller, alice.workspace))
    links._open.add(made)
    return made


def test_a_new_network_plan_is_passed_on(links, link, set_network):
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert link.told == []
    set_network("alice", "none")
    links._check(time.monotonic() + 2 * RENEW_SECONDS + 2)
    assert [str(grant.plan.network) for grant in link.told] == ["none"]


def test_other_rights_are_passed_on(links, link, monkeypatch):
    less = frozenset({Right.VIEW})
    monkeypatch.setattr(service, "_rights", lambda _workspace, _person: less)
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert [grant.rights for grant in link.told] == [less]
    assert link.ended is None


def test_who_has_lost_a_workspace_has_no_link_to_it(links, link, bob, database):
    with database.write() as db:
        bobs, alices = (
            db.get_one(Workspace, bob.workspace),
            db.get_one(Workspace, link.grant.workspace),
        )
        taken_by = bobs.user_id
        db.delete(bobs)
        db.flush()
        alices.user_id = taken_by
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert (link.told, link.ended[0]) == ([], 4404)
    link.ended = None
    with database.write() as db:
        db.delete(db.get_one(Workspace, link.grant.workspace))
    links._check(time.monotonic() + 2 * RENEW_SECONDS + 2)
    assert link.ended[0] == 4404


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
    for number in range(settings.threads - settings.threads // 8):
        links.take_place(number % 5)
    with pytest.raises(UnavailableError):
        links.take_place(6)
    links.give_place(1)
    links.take_place(6)


def test_one_person_does_not_lock_out_the_others(links):
    for _ in range(links._limit_each):
        links.take_place(1)
    with pytest.raises(TooManyError):
        links.take_place(1)
    for _ in range(32):
        links.take_place(2)
    links.give_place(1)
    links.take_place(1)


def test_no_link_opens_while_nobody_can_watch_its_login(links, monkeypatch):
    start, tries = threading.Thread.start, []

    def fail_once(thread):
        tries.append(thread)
        if len(tries) == 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail_once)
    with pytest.raises(RuntimeError):
        links.take_place(1)
    links.take_place(1)
    assert len(tries) == 2
    links.retire()


def test_a_refused_browser_holds_its_thread_for_a_moment_only():
    """However it goes on sending."""
    ours, theirs = socket.socketpair()
    ws = Connection(ConnectionType.SERVER)
    browser = Browser(SimpleNamespace(sock=theirs, ws=ws, connected=True))
    refusing = threading.Thread(target=browser.refuse, args=(1013, "Not now."), daemon=True)
    refusing.start()
    with ours, theirs:
        for _ in range(100):
            with contextlib.suppress(OSError):
                ours.send(b"x")
            refusing.join(0.2)
            if not refusing.is_alive():
                break
        assert not refusing.is_alive()
        assert b"Not now." in ours.recv(4096)
