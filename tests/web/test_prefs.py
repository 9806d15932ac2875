"""GET and PUT prefs: what a person chose, for all devices."""

import pytest

from ide.editor import store


def test_each_has_their_own(alice, bob, charlie):
    assert alice.get("prefs").json == {}
    assert alice.put("prefs", {"theme": "dark"}).status_code == 200
    assert alice.put("prefs", {"theme": "light", "autosave": False}).status_code == 200
    assert alice.get("prefs").json == {"theme": "light", "autosave": False}
    assert bob.get("prefs").json == {}
    assert charlie.get("prefs").status_code == charlie.put("prefs", {}).status_code == 401
    assert alice.put("prefs", {}, csrf="").status_code == 403


def test_they_are_bounded(alice):
    assert alice.put("prefs", {"x": "y" * store.MAX_PREFS_BYTES}).status_code == 413
    assert alice.put("prefs", ["x"]).status_code == 400


@pytest.mark.parametrize(
    "text",
    ['{"a": NaN}', '{"a": [-Infinity]}', '{"a": "\\ud800"}', '{"a":' * 20000 + "1" + "}" * 20000],
    ids=["nan", "infinity", "surrogate", "deep"],
)
def test_what_no_browser_could_read_again_is_refused(alice, text):
    answer = alice.ask("PUT", "prefs", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert alice.get("prefs").json == {}
