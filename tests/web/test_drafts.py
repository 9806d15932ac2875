"""workspaces/<ws>/drafts: unsaved text survives the device, under names of any bytes."""

import pytest

from ide.editor import store

ADDRESS = "workspaces/{ws}/drafts/content?path="


def test_a_draft_is_kept_listed_given_back_and_forgotten(alice):
    text = "größer\n\u2028\x00" + "🐍" * 10
    assert alice.put(f"{ADDRESS}src/a.py", {"text": text, "base": "e1"}).status_code == 200
    got = alice.get(f"{ADDRESS}src/a.py").json
    assert (got["text"], got["base"], got["path"]) == (text, "e1", "src/a.py")
    (listed,) = alice.get("workspaces/{ws}/drafts").json["drafts"]
    assert (listed["path"], listed["bytes"]) == ("src/a.py", len(text.encode()))
    assert alice.delete(f"{ADDRESS}src/a.py").status_code == 200
    assert alice.get(f"{ADDRESS}src/a.py").status_code == 404
    assert alice.delete(f"{ADDRESS}src/a.py").status_code == 200


def test_names_are_bytes_and_never_decoded(alice):
    for ref in ("a%FFb", "a%EF%BF%BDb", "a+b", "a%20b", "a%26path=c"):
        assert alice.put(ADDRESS + ref, {"text": ref, "base": ""}).status_code == 200
    for ref in ("a%FFb", "a%EF%BF%BDb", "a+b", "a%20b", "a%26path=c"):
        assert alice.get(ADDRESS + ref).json["text"] == ref


@pytest.mark.parametrize("ref", ["%zz", "a%F", "%2", "a<b", "%C3%A9" * 3000])
def test_what_is_no_percent_encoded_path_is_refused(alice, ref):
    assert alice.get(ADDRESS + ref).status_code == 400


def test_others_neither_read_nor_write_it(alice, bob, charlie):
    alice.put(f"{ADDRESS}a.py", {"text": "mine", "base": ""})
    for person, status in ((bob, 404), (charlie, 401)):
        address = f"workspaces/{alice.workspace}/drafts"
        assert person.get(address).status_code == status
        assert person.get(f"{address}/content?path=a.py").status_code == status
        assert person.put(f"{address}/content?path=a.py", {"text": ""}).status_code == status
        assert person.delete(f"{address}/content?path=a.py").status_code == status
    assert alice.delete(f"{ADDRESS}a.py", csrf="").status_code == 403
    assert alice.get(f"{ADDRESS}a.py").json["text"] == "mine"


def test_a_draft_has_at_most_a_mebibyte(alice):
    assert alice.put(f"{ADDRESS}a", {"text": "x" * store.MAX_DRAFT_BYTES}).status_code == 200
    assert alice.put(f"{ADDRESS}a", {"text": "x" * store.MAX_DRAFT_BYTES + "x"}).status_code == 400
    assert alice.put(f"{ADDRESS}a", {"text": "é" * store.MAX_DRAFT_BYTES}).status_code == 413
    assert len(alice.get(f"{ADDRESS}a").json["text"]) == store.MAX_DRAFT_BYTES


def test_a_workspace_has_a_bounded_number_and_sum(alice, monkeypatch):
    monkeypatch.setattr(store, "MAX_DRAFTS", 3)
    monkeypatch.setattr(store, "MAX_DRAFTS_BYTES", 100)
    for name in "abc":
        assert alice.put(ADDRESS + name, {"text": "x" * 30}).status_code == 200
    assert alice.put(f"{ADDRESS}d", {"text": "x"}).status_code == 429
    assert alice.put(f"{ADDRESS}a", {"text": "x" * 40}).status_code == 200
    assert alice.put(f"{ADDRESS}a", {"text": "x" * 41}).status_code == 429
