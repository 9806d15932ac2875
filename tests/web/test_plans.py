"""The plan in a grant: whose it is, what a person's own network does, how soon changes hold."""

import dataclasses
import time

import pytest
from sqlalchemy import event, update

from ide.accounts import people, plans
from ide.accounts.models import PlanRow
from ide.consoles.links import RENEW_SECONDS, Links
from ide.errors import BadRequestError, ConflictError, NotFoundError, UnavailableError
from ide.guard.plan import GIB, NetworkPlan
from ide.workspaces.service import grant_for
from tests.web.test_links import Recorded


@pytest.fixture
def grant(app, database, settings):
    def of(person, **changed):
        caller = app.extensions["ide.gate"].load_login(person.token)
        used = dataclasses.replace(settings, **changed)
        return grant_for(database, used, caller, person.workspace)

    return of


def test_a_grant_has_the_plan_of_its_person(grant, alice, bob, database, settings):
    assert grant(alice).plan.name == "owner"
    assert grant(alice).plan.memory_bytes == 0
    assert grant(bob).plan.memory_bytes == 4 * GIB
    people.give_plan(database, settings, "bob", "guest")
    assert (grant(bob).plan.name, grant(bob).plan.consoles) == ("guest", 4)


def test_a_plan_that_says_nothing_of_the_network_has_that_of_the_settings(grant, alice, bob):
    assert str(grant(bob, network="none").plan.network) == "none"
    assert str(grant(alice, network="none").plan.network) == "web"


def test_what_was_decided_for_one_person_wins(grant, bob, database, settings):
    people.set_network(database, "bob", NetworkPlan.PACKAGES, ["PyPI.org"])
    people.give_plan(database, settings, "bob", "guest")
    plan = grant(bob).plan
    assert (str(plan.network), plan.network_hosts) == ("packages", ("pypi.org",))
    people.set_network(database, "bob", None)
    plan = grant(bob).plan
    assert (str(plan.network), plan.network_hosts) == ("none", ())


def test_each_request_asks_one_cheap_statement_for_the_plan(grant, bob, database):
    said = []

    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    caller_first = grant(bob)
    event.listen(database.engine, "before_cursor_execute", note)
    grant(bob)
    event.remove(database.engine, "before_cursor_execute", note)
    asked = [one for one in said if "plans" in one]
    assert len(asked) == 1
    assert "JOIN" in asked[0]
    assert caller_first is not None


def test_a_change_reaches_pages_that_are_open(grant, bob, database, settings):
    links = Links(settings, database)
    link = Recorded(grant(bob))
    links._open.add(link)
    links._check(time.monotonic() + RENEW_SECONDS + 1)
    assert link.told == []
    plans.change(database, "standard", {"memory": "2 GiB"})
    links._check(time.monotonic() + 2 * RENEW_SECONDS + 2)
    assert [one.plan.memory_bytes for one in link.told] == [2 * GIB]


def test_what_is_wrong_changes_nothing(alice, database, settings):
    before = plans.find(database, settings, "standard")
    for words in (
        {"disk": "1 GiB", "memory": "2X"},
        {"consoles": "0"},
        {"level": "9"},
        {"network": "everything"},
        {"network": "packages"},
        {"hosts": "not a host!"},
        {"name": "other"},
    ):
        with pytest.raises(BadRequestError):
            plans.change(database, "standard", words)
    assert plans.find(database, settings, "standard") == before
    with pytest.raises(NotFoundError, match="plan list"):
        plans.change(database, "nonsense", {"memory": "1G"})
    with pytest.raises(BadRequestError, match="plan name"):
        plans.add(database, "../x", "standard")


def test_default_takes_the_plans_own_word_back(grant, bob, database, settings):
    plans.change(database, "standard", {"network": "none", "memory": "1 GiB"})
    assert str(grant(bob).plan.network) == "none"
    plans.change(database, "standard", {"network": "default", "memory": "default"})
    assert (str(grant(bob).plan.network), grant(bob).plan.memory_bytes) == ("web", 4 * GIB)


def test_a_plan_is_made_given_and_removed(bob, database, settings):
    plans.add(database, "Class", "guest")
    plans.change(database, "class", {"processes": "99"})
    assert plans.find(database, settings, "guest").plan.processes == 64
    with pytest.raises(ConflictError, match="already"):
        plans.add(database, "class", "standard")
    people.give_plan(database, settings, "bob", "class")
    with pytest.raises(ConflictError, match=r"class: bob\."):
        plans.remove(database, "class")
    people.give_plan(database, settings, "bob", "standard")
    plans.remove(database, "class")
    with pytest.raises(NotFoundError):
        people.give_plan(database, settings, "bob", "class")
    with pytest.raises(ConflictError, match="stays"):
        plans.remove(database, "guest")


def test_a_plan_that_somebody_spoilt_in_the_database_is_said(grant, bob, database, settings):
    with database.write() as db:
        db.execute(update(PlanRow).where(PlanRow.name == "standard").values(limits={"memry": 1}))
    with pytest.raises(UnavailableError, match="plan standard in the database"):
        grant(bob)
    assert bob.get("workspaces/{ws}/consoles").status_code == 503
    with pytest.raises(UnavailableError, match="plan standard in the database"):
        plans.find(database, settings, "standard")
    assert plans.find(database, settings, "guest").plan.processes == 64
    plans.change(database, "standard", {"memory": "2 GiB"})  # as the sentence advises
    assert grant(bob).plan.memory_bytes == 2 * GIB


def test_a_spoilt_plan_keeps_nothing_from_the_pages_of_others(
    grant, alice, bob, database, settings
):
    links = Links(settings, database)
    spoilt, other = Recorded(grant(bob)), Recorded(grant(alice))
    plans.change(database, "owner", {"memory": "2 GiB"})
    with database.write() as db:
        db.execute(update(PlanRow).where(PlanRow.name == "standard").values(limits={"memry": 1}))
    links._renew([spoilt, other])
    assert (spoilt.told, [one.plan.memory_bytes for one in other.told]) == ([], [2 * GIB])
