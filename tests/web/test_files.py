"""`workspaces/<ws>/files` with the real worker behind it: what three people get, and what not."""

import contextlib
import hashlib
import os

import pytest

from ide.wire import files as wire
from ide.wire import limits
from tests.fakes.file_keeper import file_keeper

FILES = "workspaces/{ws}/files"


def content(ref):
    return f"{FILES}/content?path={ref}"


def etag(data):
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def save(person, ref, data, **headers):
    conditions = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.ask("PUT", content(ref), data=data, headers=conditions)


def read_all(person, path):
    """Ask and take the whole body, which closes the file."""
    return person.get(path, buffered=True)


def error(answer):
    return answer.status_code, answer.json["error"]["code"]


@pytest.fixture
def files(tmp_path, runtime, alice, bob):
    """The home folders behind alice's and bob's keepers."""
    homes = {person.workspace: tmp_path / person.name for person in (alice, bob)}
    with contextlib.ExitStack() as stack:
        keepers = {
            workspace: stack.enter_context(file_keeper(runtime, workspace, home))
            for workspace, home in homes.items()
        }
        yield homes, keepers


@pytest.fixture
def home(files, alice):
    return files[0][alice.workspace]


@pytest.fixture
def files_keeper(files, alice):
    return files[1][alice.workspace]


def test_text_is_found_in_ones_own_files_alone(alice, bob, home):
    (home / "src").mkdir()
    (home / "src/a b.py").write_text("x = 1\nNeedle & co\n")
    found = alice.get(f"{FILES}/find?path=src&text=needle%20%26").json
    line = {"line": 2, "column": 0, "before": "", "match": "Needle &", "after": " co"}
    expected = {"ref": "src/a%20b.py", "lines": [line], "more": 0}
    assert found == {"files": [expected], "end": "all", "skipped": 0}
    assert alice.get(f"{FILES}/find?text=needle&case=1").json["files"] == []
    assert error(alice.get(f"{FILES}/find?text=")) == (400, "bad_request")
    assert error(alice.get(f"{FILES}/find?text=x&path=../x")) == (400, "bad_request")
    others = f"{FILES}/find?text=needle".format(ws=alice.workspace)
    assert error(bob.get(others)) == (404, "not_found")


def test_a_file_is_made_listed_read_moved_and_removed(alice, home):
    made = alice.post(f"{FILES}/folder", {"path": "src"})
    assert (made.status_code, made.json["kind"], made.json["ref"]) == (201, "folder", "src")
    saved = save(alice, "src/a.py", b"print(1)\n", If_None_Match="*")
    assert saved.status_code == 200
    assert saved.headers["ETag"] == etag(b"print(1)\n")
    assert saved.json == {"etag": etag(b"print(1)\n").strip('"'), "size": 9}
    listed = alice.get(f"{FILES}?path=src").json
    assert [entry["ref"] for entry in listed["entries"]] == ["src/a.py"]
    assert listed["more"] is False
    read = read_all(alice, content("src/a.py"))
    assert (read.data, read.headers["ETag"]) == (b"print(1)\n", etag(b"print(1)\n"))
    assert read.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert read.headers["X-File-Content"] == "text"
    about = alice.get(f"{FILES}/entry?path=src/a.py").json
    assert (about["size"], about["etag"]) == (9, etag(b"print(1)\n").strip('"'))
    moved = alice.post(f"{FILES}/move", {"path": "src/a.py", "to": "b.py"})
    assert (moved.status_code, moved.json["ref"]) == (200, "b.py")
    assert error(alice.delete(f"{FILES}?path=b.py/x"))[0] == 404
    assert alice.delete(f"{FILES}?path=b.py").status_code == 200
    assert alice.delete(f"{FILES}?path=src").status_code == 200
    assert os.listdir(home) == []


def test_a_folder_with_content_goes_only_when_asked_so(alice, home):
    (home / "d").mkdir()
    (home / "d/f").write_text("x")
    assert error(alice.delete(f"{FILES}?path=d")) == (409, "conflict")
    assert alice.delete(f"{FILES}?path=d&recursive=1").status_code == 200
    assert os.listdir(home) == []
    assert error(alice.delete(f"{FILES}?path=&recursive=1")) == (400, "bad_request")
    assert error(alice.delete(FILES)) == (400, "bad_request")


@pytest.fixture
def people(alice, bob, charlie):
    return alice, bob, charlie


REQUESTS = [
    ("GET", f"{FILES}?path="), ("DELETE", f"{FILES}?path=f"), ("GET", f"{FILES}/entry?path=f"),
    ("GET", content("f")), ("HEAD", content("f")), ("PUT", content("f")),
    ("POST", f"{FILES}/folder"), ("POST", f"{FILES}/move"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_only_the_person_whose_files_they_are_gets_them(people, home, method, path):
    alice, bob, charlie = people
    (home / "f").write_text("alice's")
    options = {"json": {"path": "n", "to": "m"}} if method == "POST" else {}
    assert charlie.ask(method, path.replace("{ws}", alice.workspace), **options).status_code == 401
    assert bob.ask(method, path.replace("{ws}", alice.workspace), **options).status_code == 404
    assert (home / "f").read_text() == "alice's"
    if method not in {"GET", "HEAD"}:
        for wrong in ({"csrf": "no"}, {"origin": "https://evil.example"}):
            assert alice.ask(method, path, **wrong, **options).status_code == 403
    assert os.listdir(home) == ["f"]


def test_each_person_has_files_of_their_own(alice, bob, files):
    assert save(bob, "f", b"bob's", If_None_Match="*").status_code == 200
    assert os.listdir(files[0][bob.workspace]) == ["f"]
    assert os.listdir(files[0][alice.workspace]) == []
    assert error(read_all(alice, content("f"))) == (404, "not_found")


def test_saving_over_another_devices_change_is_412_with_the_current_etag(alice, home):
    (home / "f").write_bytes(b"theirs")
    refused = save(alice, "f", b"mine", If_Match=etag(b"base"))
    assert error(refused) == (412, "changed")
    assert refused.json["error"]["detail"] == {"etag": etag(b"theirs").strip('"')}
    assert "changed since you opened it" in refused.json["error"]["message"]
    assert (home / "f").read_bytes() == b"theirs"
    assert save(alice, "f", b"mine", If_Match=etag(b"theirs")).status_code == 200
    (home / "f").unlink()
    gone = save(alice, "f", b"mine", If_Match=etag(b"mine"))
    assert (error(gone), gone.json["error"]["detail"]) == ((412, "changed"), {"etag": None})
    assert error(save(alice, "f", b"mine", If_Match="*")) == (412, "changed")


def test_a_new_file_never_replaces_one(alice, home):
    (home / "f").write_bytes(b"old")
    assert error(save(alice, "f", b"new", If_None_Match="*")) == (409, "conflict")
    assert error(alice.post(f"{FILES}/folder", {"path": "f"})) == (409, "conflict")
    (home / "g").write_bytes(b"other")
    assert error(alice.post(f"{FILES}/move", {"path": "g", "to": "f"})) == (409, "conflict")
    assert (home / "f").read_bytes() == b"old"


@pytest.mark.parametrize(
    "headers",
    [{}, {"If_None_Match": '"abc"'}, {"If_Match": '"a", "b"'},
     {"If_Match": '"a"', "If_None_Match": "*"}],
)  # fmt: skip
def test_a_save_without_one_clear_condition_is_refused(alice, home, headers):
    assert error(save(alice, "f", b"x", **headers)) == (400, "bad_request")
    assert os.listdir(home) == []


def test_a_proxys_weak_mark_on_our_etag_is_accepted(alice, home):
    (home / "f").write_bytes(b"base")
    assert save(alice, "f", b"mine", If_Match=f"W/{etag(b'base')}").status_code == 200


ODD = [b"new\nline", b"<img src=x onerror=alert(1)>.html", b"-rf", b"not\xffutf8", b"x" * 255,
       b"a b&c=d#e?f+g%41", "été ☃.txt".encode(), b'quote".txt']  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_names_pass_intact(alice, home, name):
    ref = wire.encode_ref(name)
    assert save(alice, ref, b"hi", If_None_Match="*").status_code == 200
    assert os.listdir(os.fsencode(home)) == [name]
    (entry,) = alice.get(FILES).json["entries"]
    assert entry["ref"] == ref
    read = read_all(alice, content(ref) + "&download=1")
    assert read.data == b"hi"
    given = read.headers["Content-Disposition"]
    assert given.startswith("attachment; filename=")
    assert "\n" not in given
    assert given.isascii()
    assert alice.delete(f"{FILES}?path={ref}").status_code == 200


@pytest.mark.parametrize(
    "path", ["..", "../x", "a/../../x", "%2e%2e/x", "/etc/passwd", "%2fetc", "a%00b", "%zz", "é"]
)
def test_paths_that_are_none_are_refused(alice, home, path):
    for method, address in (("GET", FILES), ("DELETE", FILES), ("GET", f"{FILES}/content")):
        assert error(alice.ask(method, f"{address}?path={path}")) == (400, "bad_request")
    assert error(save(alice, path, b"x", If_None_Match="*")) == (400, "bad_request")
    assert error(alice.post(f"{FILES}/folder", {"path": path})) == (400, "bad_request")
    assert error(alice.post(f"{FILES}/move", {"path": "x", "to": path}))[0] in {400, 404}
    assert os.listdir(home) == []


def test_links_out_and_what_is_no_file_are_told(alice, home, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (home / "out").symlink_to(tmp_path / "secret")
    os.mkfifo(home / "pipe")
    refused = read_all(alice, content("out"))
    assert error(refused) == (403, "forbidden")
    assert "leads out of your home folder" in refused.json["error"]["message"]
    assert error(save(alice, "out", b"x", If_Match="*")) == (403, "forbidden")
    assert error(read_all(alice, content("pipe"))) == (400, "bad_request")
    assert (tmp_path / "secret").read_text() == "secret"


PICTURES = {
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"), "jpg": (b"\xff\xd8\xff", "image/jpeg"),
    "gif": (b"GIF89a", "image/gif"), "webp": (b"RIFF\0\0\0\0WEBP", "image/webp"),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_four_kinds_are_shown_in_place(alice, home, name):
    data, mime = PICTURES[name]
    (home / "p").write_bytes(data)
    shown = read_all(alice, content("p"))
    assert shown.headers["Content-Type"] == mime
    assert shown.headers["Content-Disposition"].startswith("inline;")
    assert shown.headers["X-File-Content"] == "image"
    saved = read_all(alice, content("p") + "&download=1")
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [("evil.html", b"<script>alert(1)</script>", "text"),
     ("evil.svg", b"<svg onload='x'/>", "text"),
     ("evil.png", b"<svg onload='x'/>", "text"), ("evil.pdf", b"%PDF-1.4\0", "binary"),
     ("latin.txt", b"caf\xe9", "binary")],
)  # fmt: skip
def test_nothing_of_a_workspace_runs_on_our_origin(alice, home, name, data, kind):
    (home / name).write_bytes(data)
    for address in (content(name), content(name) + "&download=1"):
        answer = read_all(alice, address)
        assert answer.data == data
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Type"].split(";")[0] in {
            "text/plain", "application/octet-stream",
        }  # fmt: skip
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "sandbox"} <= set(policy)
        assert answer.headers["X-File-Content"] == kind


def test_an_over_large_file_is_told_before_it_is_sent(alice, home):
    size = limits.MAX_EDITABLE_BYTES + 1
    with open(home / "big", "wb") as file:
        file.truncate(size)
    head = alice.ask("HEAD", content("big"))
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(size))
    assert head.headers["X-File-Content"] == "too_large"
    assert head.data == b""
    assert len(read_all(alice, content("big")).data) == size


def test_a_file_over_the_owners_limit_is_not_sent(alice, home):
    with open(home / "huge", "wb") as file:
        file.truncate(1 << 40)
    refused = read_all(alice, content("huge"))
    assert error(refused) == (413, "too_large")
    assert alice.ask("HEAD", content("huge")).headers["Content-Length"] == str(1 << 40)


def test_pages_of_a_folder(alice, home, monkeypatch):
    monkeypatch.setattr("ide.agent.files_tree.MAX_LIST_ENTRIES", 4)
    for number in range(9):
        (home / f"n{number}").write_text("")
    seen, after = [], ""
    for _ in range(4):
        page = alice.get(f"{FILES}?path=&after={after}").json
        seen += [entry["name"] for entry in page["entries"]]
        after = page["entries"][-1]["ref"]
        if not page["more"]:
            break
    assert seen == [f"n{number}" for number in range(9)]


def test_bodies_with_other_fields_are_refused(alice, home):
    assert error(alice.post(f"{FILES}/folder", {"path": "a", "mode": 7}))[0] == 400
    assert error(alice.post(f"{FILES}/move", {"path": "a"}))[0] == 400


def test_every_change_is_told_to_the_persons_other_pages(alice, files_keeper, home):
    def told():
        return [op for op, _ in files_keeper.calls].count("files.changed")

    save(alice, "a.py", b"x", If_None_Match="*")
    alice.post(f"{FILES}/folder", {"path": "d"})
    alice.post(f"{FILES}/move", {"path": "a.py", "to": "d/a.py"})
    alice.delete(f"{FILES}?path=d/a.py")
    assert told() == 4
    save(alice, "gone.py", b"x", If_Match='"0"')
    alice.get(f"{FILES}?path=")
    assert told() == 4, "what changed nothing is not told"


def test_what_pages_ask_by_themselves_is_told_from_what_people_do(alice, files):
    keeper = files[1][alice.workspace]
    save(alice, "a.txt", b"x", If_None_Match="*")
    saved = len(keeper.calls)
    alice.get(FILES)
    alice.get(f"{FILES}/entry?path=a.txt")
    read_all(alice, content("a.txt"))
    read_all(alice, content("a.txt") + "&download=1")
    alice.post(f"{FILES}/folder", {"path": "b"})
    opened = [args for op, args in keeper.calls[saved:] if op == "files.open"]
    assert opened == [{"reads": True}] * 3 + [{}] * 2


def test_files_of_a_stopped_workspace_are_refused_in_words(alice, files):
    stopped = {"ok": False, "code": "stopped", "message": "You stopped it.", "detail": {}}
    files[1][alice.workspace].answers["files.open"] = stopped
    assert error(alice.get(FILES)) == (409, "stopped")
    assert alice.get(FILES).json["error"]["message"] == "You stopped it."
