"""/setup/<token>: the owner's account, once."""

import pytest

from ide.accounts import one_time_links, people
from tests.web.conftest import PASSWORD
from tests.web.forms import alert, submit


@pytest.fixture
def token(app, database):
    return people.setup_token(database)


def test_the_owner_is_made_once_and_signed_in(charlie, token, database, settings):
    page = charlie.client.get(f"/setup/{token}").text
    assert ">Create owner</button>" in page
    answer = submit(charlie.client, f"/setup/{token}", "Olga", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert charlie.get("me").json["user"] == {"name": "olga", "owner": True}
    assert charlie.client.get(f"/setup/{token}").status_code == 404
    assert people.setup_token(database) is None
    (olga,) = people.everybody(database, settings)
    assert (olga.plan, str(olga.network)) == ("owner", "web")


@pytest.mark.parametrize(
    ("name", "password"),
    [("", PASSWORD), ("-rf", PASSWORD), ("a" * 33, PASSWORD), ("a b", PASSWORD), ("olga", "short")],
)
def test_an_unfit_name_or_password_is_said_and_the_link_stays_good(charlie, token, name, password):
    answer = submit(charlie.client, f"/setup/{token}", name, password)
    assert answer.status_code == 400
    assert alert(answer)
    assert submit(charlie.client, f"/setup/{token}", "olga", PASSWORD).status_code == 303


@pytest.mark.parametrize("wrong", ["x", "a" * 43, "..", "%00"])
def test_another_token_opens_nothing(charlie, token, wrong):
    assert charlie.client.get(f"/setup/{wrong}").status_code == 404


def test_a_newer_link_voids_the_older(charlie, token, database):
    newer = people.setup_token(database)
    assert charlie.client.get(f"/setup/{token}").status_code == 404
    assert charlie.client.get(f"/setup/{newer}").status_code == 200


def test_an_old_link_is_void(charlie, token, monkeypatch):
    from ide.store.schema import utc_now  # noqa: PLC0415

    later = utc_now() + one_time_links.LINK_LASTS * 2
    monkeypatch.setattr(one_time_links, "utc_now", lambda: later)
    assert charlie.client.get(f"/setup/{token}").status_code == 404


def test_with_an_owner_the_link_makes_no_second_one(app, token, alice, bob, charlie):
    for person in (alice, bob, charlie):
        assert submit(person.client, f"/setup/{token}", "olga", PASSWORD).status_code == 404


def test_an_invitation_is_not_a_setup_link(charlie, token, database, settings):
    invited = people.invite(database, "dora")
    assert charlie.client.get(f"/setup/{invited}").status_code == 404
    assert charlie.client.get(f"/invite/{token}").status_code == 404
