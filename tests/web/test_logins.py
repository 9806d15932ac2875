"""GET and DELETE logins, POST logout and logout-everywhere: the signed-in devices."""

import dataclasses
from datetime import timedelta

import pytest

from ide.accounts import logins
from ide.store.schema import utc_now
from tests.web.conftest import Person


@pytest.fixture
def tablet(app, settings, database, alice):
    """Another device of alice."""
    token = logins.open_login(database, settings, 1, device="Safari on iPad", address="192.0.2.7")
    return Person(app, "alice", token, logins.csrf_token(token), alice.workspace)


def test_each_sees_their_own_devices(alice, tablet, bob, charlie):
    found = alice.get("logins").json["logins"]
    assert [each["device"] for each in found] == ["Safari on iPad", "Test"]
    assert [each["current"] for each in found] == [False, True]
    assert found[0]["address"] == "192.0.2.7"
    assert len(bob.get("logins").json["logins"]) == 1
    assert charlie.get("logins").status_code == 401


def test_a_device_is_signed_out_from_afar(alice, tablet):
    other = next(each for each in alice.get("logins").json["logins"] if not each["current"])
    assert alice.delete(f"logins/{other['id']}").status_code == 200
    assert tablet.get("me").status_code == 401
    assert alice.get("me").status_code == 200


def test_nobody_signs_out_anothers_device(alice, bob, charlie):
    device = alice.get("logins").json["logins"][0]["id"]
    assert bob.delete(f"logins/{device}").status_code == 404
    assert charlie.delete(f"logins/{device}").status_code == 401
    assert alice.get("me").status_code == 200


def test_signing_out_ends_this_device_alone(alice, tablet, bob):
    answer = alice.post("logout")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert alice.get("me").status_code == 401
    assert tablet.get("me").status_code == 200
    assert bob.get("me").status_code == 200


def test_signing_out_everywhere_ends_all(alice, tablet, bob):
    assert alice.post("logout-everywhere").status_code == 200
    assert alice.get("me").status_code == tablet.get("me").status_code == 401
    assert bob.get("me").status_code == 200


@pytest.mark.parametrize("path", ["logout", "logout-everywhere", "password"])
def test_somebody_signed_out_has_nothing_to_end(charlie, path):
    assert charlie.post(path).status_code == 401


def test_a_person_has_at_most_fifty_devices(alice, database, settings):
    for _ in range(logins.MAX_LOGINS + 5):
        logins.open_login(database, settings, 1, device="x", address="")
    assert len(logins.devices(database, settings, 1)) == logins.MAX_LOGINS


def test_the_owner_decides_how_long_a_login_lasts(alice, database, settings, monkeypatch):
    week = dataclasses.replace(settings, login_days=7)
    now = utc_now()
    monkeypatch.setattr(logins, "utc_now", lambda: now + timedelta(days=8))
    assert logins.load(database, week, alice.token) is None
    assert logins.load(database, settings, alice.token).name == "alice"


def test_a_login_ends_thirty_days_after_its_last_use(alice, bob, database, monkeypatch):
    now = utc_now()
    for days in (29, 58, 87):
        monkeypatch.setattr(logins, "utc_now", lambda days=days: now + timedelta(days=days))
        assert alice.get("me").status_code == 200
    assert bob.get("me").status_code == 401
    monkeypatch.setattr(logins, "utc_now", lambda: now + timedelta(days=87 + 31))
    assert alice.get("me").status_code == 401
