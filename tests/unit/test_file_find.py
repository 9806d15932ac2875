"""Looking for text in files: what is found, what is left out, where it ends."""

import os

import pytest

from ide.agent import files, files_find
from ide.agent.files_paths import Home
from ide.wire import limits
from tests.file_requests import ask


def put(home, name, data):
    full = os.path.join(os.fsencode(home), os.fsencode(name))
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(data)


def found(answer):
    """Return what was found as `{ref: [(line, column, match)]}`."""
    assert answer["ok"], answer
    return {
        file["ref"]: [(line["line"], line["column"], line["match"]) for line in file["lines"]]
        for file in answer["files"]
    }


def test_lines_are_found_where_an_editor_shows_them(home, opener):
    put(home, "b.py", b"import os\r\n\tname = 'x'  # Name, name\r\n")
    put(home, "a/deep/c.txt", "𝄞 say name\nno\nNAMES".encode())
    put(home, b"not \xff utf-8", b"name")
    answer = ask(opener, "find", text="name")
    assert found(answer) == {
        "b.py": [(2, 1, "name")],
        "not%20%FF%20utf-8": [(1, 0, "name")],
        "a/deep/c.txt": [(1, 7, "name"), (3, 0, "NAME")],
    }
    first = answer["files"][0]["lines"][0]
    assert (first["before"], first["after"]) == ("\t", " = 'x'  # Name, name")
    assert (answer["end"], answer["skipped"]) == ("all", 0)
    assert found(ask(opener, "find", b"a", text="NAME", case=True)) == {
        "a/deep/c.txt": [(3, 0, "NAME")]
    }
    assert found(ask(opener, "find", text=".*")) == {}  # a text, no expression


def test_what_programs_fill_links_and_what_is_no_text_is_left_out(home, opener, tmp_path):
    for folder in (".git", "node_modules", "src/__pycache__", "venv"):
        put(home, f"{folder}/x", b"needle")
    put(home, "picture", b"needle\0")
    put(home, "latin", b"needle \xe4")
    put(home, "huge", b"needle" + b" " * limits.MAX_EDITABLE_BYTES)
    put(tmp_path, "secret", b"needle")
    os.symlink(tmp_path / "secret", home / "link")
    os.symlink(tmp_path, home / "linked")
    os.symlink(home, home / "around")
    os.mkfifo(home / "pipe")
    put(home, ".profile", b"needle")
    answer = ask(opener, "find", text="needle")
    assert found(answer) == {".profile": [(1, 0, "needle")]}
    assert answer["skipped"] == 1
    assert len(found(ask(opener, "find", text="needle", everywhere=True))) == 5


def test_it_ends_at_its_limits(home, opener, monkeypatch):
    put(home, "a", b"x\n" * 150)
    answer = ask(opener, "find", text="x")
    assert (len(answer["files"][0]["lines"]), answer["files"][0]["more"]) == (100, 50)
    for number in range(20):
        put(home, f"b{number:02}", b"x\n" * 60)
    answer = ask(opener, "find", text="x")
    assert sum(len(file["lines"]) for file in answer["files"]) == limits.MAX_FOUND_LINES
    assert answer["end"] == "lines"
    put(home, "wide", ("y" * 100 + "\N{SNOWMAN}" * 500 + "\n").encode() * 100)
    monkeypatch.setattr(files_find, "MAX_FOUND_BYTES", 20_000)
    answer = ask(opener, "find", text="\N{SNOWMAN}")
    assert (answer["end"], len(answer["files"][0]["lines"]) < 10) == ("lines", True)
    assert len(answer["files"][0]["lines"][0]["after"]) == files_find.AFTER_CHARS
    monkeypatch.setattr(files_find, "FIND_SECONDS", -1.0)
    assert ask(opener, "find", text="x")["end"] == "time"


@pytest.mark.parametrize("text", ["", "two\nlines", "x" * (limits.MAX_FIND_CHARS + 1), 7, None])
def test_what_cannot_be_looked_for_is_refused(home, opener, text):
    assert ask(opener, "find", text=text)["code"] == "bad_request"


def test_a_folder_that_is_gone_or_outside_is_refused(home, opener, tmp_path):
    os.symlink(tmp_path, home / "out")
    assert ask(opener, "find", b"gone", text="x")["code"] == "not_found"
    assert ask(opener, "find", b"out", text="x")["code"] == "forbidden"


def test_so_many_at_once_and_none_for_nobody(home, opener):
    for _ in range(files.MAX_FINDING):
        files._finding.acquire()
    try:
        assert ask(opener, "find", text="x")["code"] == "too_many"
    finally:
        files._finding.release(files.MAX_FINDING)
    put(home, "folder/a", b"x")

    def nobody():
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files_find.find(Home(str(home)), b"", {"text": "x"}, nobody)
