"""`files/archive` over HTTP: what it is called, what is refused in time, who goes away."""

import io
import os
import zipfile

import pytest

from tests.fakes.file_keeper import file_keeper
from tests.fakes.gunicorn import Gunicorn
from tests.waiting import wait_until
from tests.web.test_files import error, read_all
from tests.web.test_files_transfer import MIB, Browser, serving

ARCHIVE = "workspaces/{ws}/files/archive"


@pytest.fixture
def home(tmp_path, runtime, alice):
    with file_keeper(runtime, alice.workspace, tmp_path / "home"):
        yield tmp_path / "home"


def test_folders_and_files_come_as_one_zip(alice, home):
    (home / "my src/inner").mkdir(parents=True)
    (home / "my src/inner/a.py").write_text("print(1)\n")
    (home / "my src/b").write_text("b")
    names = {
        "path=my%20src/inner": ("inner.zip", {"inner/", "inner/a.py"}),
        "path=my%20src/b&path=my%20src/inner/a.py": ("my src.zip", {"b", "inner/a.py"}),
        "path=my%20src/inner&path=my%20src": ("home.zip", None),
        "path=my%20src/b": ("b.zip", {"b"}),
        "path=": ("home.zip", None),
    }  # fmt: skip
    for query, (called, inside) in names.items():
        answer = read_all(alice, f"{ARCHIVE}?{query}")
        assert answer.headers["Content-Type"] == "application/zip"
        given = answer.headers["Content-Disposition"]
        assert given.startswith(f'attachment; filename="{called}"')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Accel-Buffering"] == "no"
        zipped = zipfile.ZipFile(io.BytesIO(answer.data))
        assert zipped.testzip() is None
        assert inside is None or set(zipped.namelist()) == inside
    head = alice.ask("HEAD", f"{ARCHIVE}?path=my%20src")
    assert (head.status_code, head.data) == (200, b"")


def test_what_cannot_be_had_is_an_answer_of_its_own(alice, bob, home):
    with open(home / "huge", "wb") as file:
        file.truncate(1 << 40)
    assert error(read_all(alice, f"{ARCHIVE}?path=gone")) == (404, "not_found")
    assert error(read_all(alice, f"{ARCHIVE}?path=huge")) == (413, "too_large")
    assert alice.ask("HEAD", f"{ARCHIVE}?path=huge").status_code == 413
    for query in ("", "?paths=a", "?path=../x", "?path=a&path=%zz", "?path=a" + "&path=a" * 1000):
        assert error(read_all(alice, ARCHIVE + query)) == (400, "bad_request")
    others = ARCHIVE.format(ws=alice.workspace)
    assert error(bob.get(f"{others}?path=huge")) == (404, "not_found")


def test_a_browser_that_goes_away_ends_the_zip(tmp_path, runtime, home, app, alice):
    (home / "f").mkdir()
    for number in range(40):
        (home / f"f/{number}").write_bytes(os.urandom(MIB))
    with Gunicorn(tmp_path, runtime, threads=16) as web:
        browser = Browser(web, app, alice)
        with browser.raw("GET", "/archive?path=f") as down:
            head = down.recv(1000)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"Transfer-Encoding: chunked" in head  # a broken one is told from a whole one
            assert serving()
        wait_until(lambda: not serving(), what="the worker ended")
