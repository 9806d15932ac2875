"""/ and me: the page with its boot data, the workspace of one's own."""

import json
import re

import pytest

from ide.web import bundle
from tests.waiting import wait_until

MANIFEST = {
    "entries": {
        "main": {"file": "main-ABC.js", "preload": ["chunk-1.js", "chunk-2.js"]},
        "app": {"file": "app-DEF.css", "preload": []},
        "gate-page": {"file": "gate-GHI.css", "preload": []},
    }
}


@pytest.fixture
def built(tmp_path, monkeypatch):
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    monkeypatch.setattr(bundle, "DIST", folder)
    bundle._manifest.cache_clear()
    yield folder
    bundle._manifest.cache_clear()


@pytest.fixture
def unbuilt(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "DIST", tmp_path / "nowhere")
    bundle._manifest.cache_clear()


def boot_of(page):
    return json.loads(re.search(r'id="boot">(.*?)</script>', page)[1])


def test_the_page_names_its_files_and_carries_its_boot_data(alice, bob, built):
    alice.put("prefs", {"theme": "</script><b>"})
    page = alice.client.get("/").text
    boot = boot_of(page)
    assert boot["user"] == {"name": "alice", "owner": True}
    assert boot["workspace"] == {"id": alice.workspace}
    assert (boot["csrf"], boot["base"]) == (alice.csrf, "/")
    assert boot["prefs"] == {"theme": "</script><b>"}
    assert boot["layouts"] == {}
    assert 'src="/static/dist/main-ABC.js"' in page
    assert page.count('rel="modulepreload"') == 2
    assert "app-DEF.css" in page
    viewport = re.search(r'name="viewport" content="(.*?)"', page)[1].split(", ")
    assert {"viewport-fit=cover", "interactive-widget=resizes-content"} < set(viewport)
    assert not [part for part in viewport if part.startswith(("user", "max"))]  # one may zoom
    assert boot_of(bob.client.get("/").text)["workspace"] == {"id": bob.workspace}


def test_the_page_carries_every_layout_that_was_put(alice, bob, built):
    alice.put("workspaces/{ws}/layout/open", {"files": ["a.py"]})
    alice.put("workspaces/{ws}/layout/wide", {"tree": {}})
    assert boot_of(alice.client.get("/").text)["layouts"] == {
        "open": {"files": ["a.py"]},
        "wide": {"tree": {}},
    }
    assert boot_of(bob.client.get("/").text)["layouts"] == {}


def test_a_layout_comes_as_it_was_saved_so_that_the_page_does_not_save_it_again(alice, built):
    saved = json.dumps({"files": [], "consoles": [], "places": {"b": 1, "a": 2}})
    alice.put("workspaces/{ws}/layout/open", json.loads(saved))
    assert json.dumps(boot_of(alice.client.get("/").text)["layouts"]["open"]) == saved


def test_opening_the_page_wakes_the_workspace(alice, keeper, built):
    for _ in range(2):
        assert alice.client.get("/").status_code == 200
    wait_until(lambda: ("workspace.wake", {"for": "page"}) in keeper.calls)
    assert keeper.grants[0].workspace == alice.workspace


def test_somebody_signed_out_is_sent_to_sign_in(charlie, built):
    answer = charlie.client.get("/")
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert "gate-GHI.css" in charlie.client.get("/sign-in").text


def test_without_the_bundle_the_page_says_what_to_type(alice, charlie, unbuilt):
    answer = alice.client.get("/")
    assert answer.status_code == 503
    assert "python hatch_build.py" in answer.text
    assert charlie.client.get("/sign-in").status_code == 200


def test_me(alice, bob, charlie):
    for person in (alice, bob):
        assert person.get("me").json == {
            "user": {"name": person.name, "owner": person is alice},
            "workspace": {"id": person.workspace},
            "csrf": person.csrf,
        }
    answer = charlie.get("me")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_signed_in")


def test_built_files_come_packed_and_stay(charlie, built):
    (built / "main-ABC.js").write_bytes(b"let x = 1")
    (built / "main-ABC.js.gz").write_bytes(b"gz")
    (built / "main-ABC.js.br").write_bytes(b"br")
    for accepts, encoding, body in (
        ("gzip, br", "br", b"br"),
        ("gzip", "gzip", b"gz"),
        ("identity", None, b"let x = 1"),
        ("br;q=0", None, b"let x = 1"),
    ):
        answer = charlie.client.get(
            "/static/dist/main-ABC.js", headers={"Accept-Encoding": accepts}
        )
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.data == body
        assert answer.mimetype == "text/javascript"
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()


@pytest.mark.parametrize("name", ["manifest.json", "../secret", "..%2fsecret", ".hidden", "no.js"])
def test_nothing_else_is_handed_out(charlie, built, name):
    (built.parent / "secret").write_text("x")
    (built / ".hidden").write_text("x")
    assert charlie.client.get(f"/static/dist/{name}").status_code == 404
