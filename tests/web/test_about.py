"""workspaces/<ws>/about: what this machine really confines, for its own people alone."""

import pytest

from tests.fakes.keeper import FakeKeeper


def test_it_says_sandbox_and_network(alice, keeper):
    answer = alice.get("workspaces/{ws}/about")
    assert answer.status_code == 200
    assert answer.json.items() >= {"sandbox": "bubblewrap", "network": "web"}.items()
    plan = answer.json["plan"]
    assert (plan["name"], plan["memory_bytes"], plan["consoles"]) == ("owner", 0, 32)
    assert ("workspace.wake", {"for": "about"}) in keeper.calls


def test_it_says_what_the_machine_holds_and_each_gap(alice, keeper):
    said = alice.get("workspaces/{ws}/about").json
    assert (said["level"], said["limits"], said["quota"]) == (2, "v1", "none")
    assert said["network_device"] == "veth"
    assert said["notes"] == ["Disk space is not held."]


def test_the_sizes_are_those_that_hold_and_ceilings_are_named(app, alice, keeper, monkeypatch):
    places = app.extensions["ide.places"]
    ceilings = {"memory_bytes": 256 << 20, "processes": 200, "cpu_percent": 0}
    told = places.version() | {"ceilings": ceilings}
    monkeypatch.setattr(places, "version", lambda: told)
    said = alice.get("workspaces/{ws}/about").json
    plan = said["plan"]
    assert (plan["memory_bytes"], plan["processes"], plan["cpu_percent"]) == (256 << 20, 200, 0)
    assert (plan["tmp_bytes"], plan["shm_bytes"]) == (128 << 20, 64 << 20), "of that memory"
    assert sorted(said["ceilings"]) == ["memory_bytes", "processes"]


def test_gaps_are_for_owners_and_the_level_is_said_in_words(runtime, alice, bob, keeper):
    holds = "a sandbox around each workspace; memory, processors and processes held by the kernel"
    assert alice.get("workspaces/{ws}/about").json["holds"] == holds
    his = FakeKeeper(runtime, bob.workspace).start()
    try:
        said = bob.get("workspaces/{ws}/about").json
    finally:
        his.stop()
    assert (said["level"], said["holds"], said["notes"]) == (2, holds, [])


def test_nothing_is_started_for_it_where_a_sandbox_can_be_made(app, alice, keeper, monkeypatch):
    at_rest = {"ok": True, "value": {"sandbox": "", "network": "web"}}
    keeper.answers["workspace.wake"] = at_rest
    assert alice.get("workspaces/{ws}/about").json["sandbox"] == "bubblewrap"
    assert [call for call in keeper.calls if call[1].get("for") != "about"] == []
    none = {"kind": "none", "own_uids": False, "unsafe": False, "reasons": []}
    monkeypatch.setattr(app.extensions["ide.places"], "version", lambda: none)
    alice.get("workspaces/{ws}/about")
    assert keeper.calls[-1] == ("workspace.wake", {}), "which says why there is none"


def test_others_are_not_told(alice, bob, charlie, keeper):
    address = f"workspaces/{alice.workspace}/about"
    assert bob.get(address).status_code == 404
    assert charlie.get(address).status_code == 401
    assert keeper.calls == []


@pytest.mark.parametrize("own", [True, False])
def test_without_a_sandbox_it_says_whose_account_programs_have(app, alice, keeper, own):
    class Places:
        def version(self):
            return {"kind": "none", "own_uids": own, "reasons": []}

    wake = {"sandbox": "none", "network": "web"}
    keeper.answers["workspace.wake"] = {"ok": True, "value": wake}
    app.extensions["ide.places"] = Places()
    answer = alice.get("workspaces/{ws}/about")
    assert answer.status_code == 200
    assert answer.json.items() >= {**wake, "own_account": own}.items()
