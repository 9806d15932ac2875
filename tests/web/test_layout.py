"""workspaces/<ws>/layout/<kind>: what is open follows the person, bounded in bytes."""

import pytest

from ide.editor import store


def test_the_last_layout_wins_and_each_kind_is_its_own(alice):
    assert alice.get("workspaces/{ws}/layout/open").json == {}
    for value in ({"tabs": ["a.py"]}, {"tabs": ["b.py"]}):
        assert alice.put("workspaces/{ws}/layout/open", value).status_code == 200
    assert alice.get("workspaces/{ws}/layout/open").json == {"tabs": ["b.py"]}
    assert alice.get("workspaces/{ws}/layout/wide").json == {}


def test_others_neither_read_nor_write_it(alice, bob, charlie):
    address = f"workspaces/{alice.workspace}/layout/wide"
    alice.put(address, {"mine": 1})
    assert bob.get(address).status_code == bob.put(address, {}).status_code == 404
    assert charlie.get(address).status_code == charlie.put(address, {}).status_code == 401
    assert alice.put(address, {}, csrf="").status_code == 403
    assert alice.get(address).json == {"mine": 1}


def test_an_unknown_kind_is_not_found(alice):
    assert alice.get("workspaces/{ws}/layout/huge").status_code == 404
    assert alice.put("workspaces/{ws}/layout/huge", {}).status_code == 404


def test_what_is_too_large_or_no_object_is_refused(alice):
    limit = store.MAX_LAYOUT_BYTES
    assert alice.put("workspaces/{ws}/layout/open", {"x": "y" * (limit - 10)}).status_code == 200
    answer = alice.put("workspaces/{ws}/layout/open", {"x": "y" * limit})
    assert answer.status_code == 413
    assert answer.json["error"]["detail"]["limit_bytes"] == limit
    assert alice.put("workspaces/{ws}/layout/open", [1]).status_code == 400


@pytest.mark.parametrize("text", ["{", '"x"', "null", "", "{" * 10000])
def test_what_is_no_json_is_refused(alice, text):
    answer = alice.ask(
        "PUT",
        "workspaces/{ws}/layout/open",
        data=text,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
