"""workspaces/<ws>/about: what this machine really confines, for its own people alone."""

import pytest


def test_it_says_sandbox_and_network(alice, keeper):
    answer = alice.get("workspaces/{ws}/about")
    assert (answer.status_code, answer.json) == (200, {"sandbox": "bubblewrap", "network": "web"})
    assert ("workspace.wake", {}) in keeper.calls


def test_others_are_not_told(alice, bob, charlie, keeper):
    address = f"workspaces/{alice.workspace}/about"
    assert bob.get(address).status_code == 404
    assert charlie.get(address).status_code == 401
    assert keeper.calls == []


@pytest.mark.parametrize("own", [True, False])
def test_without_a_sandbox_it_says_whose_account_programs_have(app, alice, keeper, own):
    class Places:
        def version(self):
            return {"kind": "none", "own_uids": own}

    wake = {"sandbox": "none", "network": "web"}
    keeper.answers["workspace.wake"] = {"ok": True, "value": wake}
    app.extensions["ide.places"] = Places()
    answer = alice.get("workspaces/{ws}/about")
    assert (answer.status_code, answer.json) == (200, {**wake, "own_account": own})
