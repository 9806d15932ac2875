"""The file worker over a real folder: what it lists, reads, writes, moves and refuses."""

import contextlib
import errno
import hashlib
import os
import socket
import stat
import subprocess
import threading

import pytest

from ide import errors
from ide.agent import files, files_content, files_paths, files_tree
from ide.wire import files as wire
from ide.wire import limits
from tests.file_requests import WAIT_SECONDS, WORKER, Stream, ask

ODD_NAMES = [
    b"new\nline", b"<img src=x onerror=alert(1)>", b"-rf", b"not \xff utf-8", b"x" * 255,
    b"%2e%2e", b"\\", b"a b&c=d#e?f+g", "\N{SNOWMAN}.py".encode(), b"...",
]  # fmt: skip


def etag(data):
    return hashlib.sha256(data).hexdigest()[:32]


def names(answer):
    assert answer["ok"], answer
    return [entry["name"] for entry in answer["entries"]]


def full(home, name):
    return os.path.join(os.fsencode(home), name)


def put(home, name, data=b""):
    with open(full(home, name), "wb") as file:
        file.write(data)


def test_a_folder_is_listed_with_folders_first_and_numbers_by_value(home, opener):
    for name in (b"b10", b"B2", b"a", b"\xc3\x89t\xc3\xa9", b"b002", b"9" * 200):
        put(home, name)
    (home / "Zoo").mkdir()
    (home / "src").mkdir()
    answer = ask(opener, "list")
    assert names(answer) == ["src", "Zoo", "9" * 200, "a", "B2", "b002", "b10", "Été"]
    assert not answer["more"]
    assert [entry["kind"] for entry in answer["entries"]] == ["folder"] * 2 + ["file"] * 6


def test_pages_join_to_the_whole_folder(home, opener):
    (home / "f").mkdir()
    for number in range(25):
        put(home, b"f/n%d" % number)
    seen, after = [], None
    for _ in range(10):
        answer = ask(opener, "list", b"f", limit=7, after=after)
        seen += names(answer)
        after = answer["entries"][-1]["ref"]
        if not answer["more"]:
            break
    assert seen == [f"n{number}" for number in range(25)]
    gone = ask(opener, "list", b"f", after="f/removed")
    assert (gone["ok"], gone["code"]) == (False, "conflict")


def test_a_listing_of_long_odd_names_stays_within_a_header(home, opener, monkeypatch):
    monkeypatch.setattr(files_tree, "MAX_LISTED_BYTES", 20_000)
    for number in range(60):
        put(home, b"\xff" * 240 + b"%03d" % number)
    answer = ask(opener, "list")
    assert answer["more"]
    assert 5 < len(answer["entries"]) < 60


def test_a_folder_with_too_many_names_is_refused(home, opener, monkeypatch):
    monkeypatch.setattr(files_tree, "MAX_SCANNED_NAMES", 3)
    for number in range(4):
        put(home, b"%d" % number)
    assert ask(opener, "list")["code"] == "too_large"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_made_listed_read_moved_and_removed(home, opener, name):
    assert ask(opener, "write", name, [b"hi"], if_none_match="*")["ok"]
    (entry,) = ask(opener, "list")["entries"]
    assert wire.decode_ref(entry["ref"]) == name
    assert ask(opener, "read", entry["ref"])["body"] == b"hi"
    assert ask(opener, "mkdir", b"d")["ok"]
    moved = ask(opener, "move", entry["ref"], to="d/" + entry["ref"])
    assert moved["ref"] == "d/" + entry["ref"]
    assert os.listdir(full(home, b"d")) == [name]
    assert ask(opener, "remove", moved["ref"])["ok"]
    assert os.listdir(full(home, b"d")) == []


@pytest.mark.parametrize("op", ["list", "stat", "read", "write", "mkdir", "remove", "move"])
@pytest.mark.parametrize("ref", ["../x", "a/../../x", "/etc/passwd", "%2e%2e/x", "a%00b", 7, None])
def test_paths_that_lead_out_by_their_text_are_refused(home, opener, op, ref):
    put(home, b"a")
    for fields in ({"to": "b"}, {"to": ref}):
        ref_sent = ref if fields["to"] == "b" else "a"
        if op != "move" and ref_sent == "a":
            continue
        answer = ask(opener, op, ref_sent, **fields)
        assert (answer["ok"], answer["code"]) == (False, "bad_request")
    assert os.listdir(home) == ["a"]
    assert os.listdir(home.parent) == ["home"]


def test_links_that_lead_out_are_refused_with_a_sentence(home, opener, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (home / "folder").symlink_to(outside)
    (home / "file").symlink_to(outside / "secret")
    (home / "sneaky").symlink_to("../outside/secret")
    for op, ref in [("list", b"folder"), ("read", b"file"), ("read", b"sneaky"),
                    ("read", b"folder/secret"), ("write", b"file"), ("write", b"folder/new"),
                    ("mkdir", b"folder/new"), ("remove", b"folder/secret")]:  # fmt: skip
        answer = ask(opener, op, ref)
        assert answer["code"] == "forbidden"
        assert "leads out of your home folder" in answer["message"]
    assert ask(opener, "move", b"file", to="folder/file")["code"] == "forbidden"
    entries = ask(opener, "list")["entries"]
    assert [(entry["kind"], entry["link"], entry["size"]) for entry in entries] == [
        ("other", True, 0)
    ] * 3
    # The links themselves are the user's own: they can be removed, what they name stays.
    assert ask(opener, "remove", b"folder", recursive=True)["ok"]
    assert ask(opener, "remove", b"file")["ok"]
    assert (outside / "secret").read_text() == "secret"


def test_links_inside_are_followed_and_a_write_goes_to_the_target(home, opener):
    (home / "real").mkdir()
    put(home, b"real/file", b"old")
    (home / "link").symlink_to("real/file")
    (home / "folder").symlink_to("real")
    listed = {entry["name"]: entry for entry in ask(opener, "list")["entries"]}
    assert (listed["link"]["kind"], listed["link"]["link"], listed["link"]["size"]) == (
        "file", True, 3,
    )  # fmt: skip
    assert names(ask(opener, "list"))[:2] == ["folder", "real"]
    assert ask(opener, "read", b"folder/file")["body"] == b"old"
    assert ask(opener, "write", b"link", [b"new"], if_match=etag(b"old"))["ok"]
    assert (home / "link").is_symlink()
    assert (home / "real/file").read_bytes() == b"new"
    assert ask(opener, "remove", b"link")["ok"]
    assert (home / "real/file").exists()


def test_links_in_a_circle_and_into_nothing_are_answered(home, opener):
    (home / "a").symlink_to("b")
    (home / "b").symlink_to("a")
    (home / "nowhere").symlink_to("missing")
    assert {entry["kind"] for entry in ask(opener, "list")["entries"]} == {"other"}
    assert ask(opener, "read", b"a")["code"] == "bad_request"
    assert ask(opener, "read", b"nowhere")["code"] == "not_found"
    assert ask(opener, "write", b"nowhere", [b"x"])["ok"]
    assert (home / "missing").read_bytes() == b"x"


def special(home):
    os.mkfifo(home / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(home)
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
    listener.close()
    (home / "folder").mkdir()
    return ["pipe", "socket", "folder"]


def test_what_is_no_file_is_answered_at_once(home, opener):
    special(home)
    for name, word in (("pipe", "a pipe"), ("socket", "a socket"), ("folder", "a folder")):
        for op in ("read", "write"):
            answer = ask(opener, op, name.encode(), [b"x"])
            assert answer["code"] == "bad_request"
            assert f"is {word}, not a file" in answer["message"]
        assert ask(opener, "stat", name.encode())["ok"]
    kinds = {entry["name"]: entry["kind"] for entry in ask(opener, "list")["entries"]}
    assert kinds == {"pipe": "other", "socket": "other", "folder": "folder"}
    assert ask(opener, "list", b"pipe")["code"] == "not_found"


def test_a_pipe_put_in_place_of_a_file_does_not_hang_the_open(home, monkeypatch):
    """Between the look and the open somebody swaps: the open itself must not wait either."""
    os.mkfifo(home / "pipe")
    monkeypatch.setattr(files_content.os, "lstat", lambda _path: os.stat(__file__))
    with pytest.raises(files_paths.RefusalError), files_content._opened(full(home, b"pipe")):
        pass


@pytest.mark.parametrize(
    ("data", "content", "mime"),
    [
        (b"", "text", "text/plain"),
        ("text é\r\n".encode(), "text", "text/plain"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image", "image/png"),
        (b"\xff\xd8\xff\xe0", "image", "image/jpeg"),
        (b"GIF89a\1\0", "image", "image/gif"),
        (b"RIFF\1\0\0\0WEBPVP8 ", "image", "image/webp"),
        (b"RIFF\1\0\0\0WAVE", "binary", "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text", "text/plain"),
        (b"caf\xe9", "binary", "application/octet-stream"),
        (b"a\0b", "binary", "application/octet-stream"),
    ],
)
def test_the_kind_of_content_is_told_by_its_bytes(home, opener, data, content, mime):
    put(home, b"f.txt", data)
    os.chmod(home / "f.txt", 0o640)
    answer = ask(opener, "read", b"f.txt")
    assert answer.pop("body") == data
    assert answer == {
        "ok": True, "size": len(data), "etag": etag(data), "mode": 0o640, "content": content,
        "mime": mime, "too_large": False,
    }  # fmt: skip
    assert ask(opener, "stat", b"f.txt")["etag"] == etag(data)


def test_a_file_over_the_editable_size_says_so_and_comes_whole(home, opener):
    data = b"line\n" * (limits.MAX_EDITABLE_BYTES // 5 + 1)
    put(home, b"big", data)
    answer = ask(opener, "read", b"big")
    assert (answer["too_large"], answer["content"]) == (True, "text")
    assert answer["etag"] == etag(data)
    assert answer["body"] == data


def test_a_sparse_file_is_answered_without_reading_it_all(home, opener):
    with open(home / "sparse", "wb") as file:
        file.truncate(1 << 40)
    with Stream(opener()) as stream:
        stream.send({"op": "read", "ref": "sparse"})
        answer = stream.answer()
    assert (answer["size"], answer["too_large"], len(answer["etag"])) == (1 << 40, True, 32)
    assert ask(opener, "stat", b"sparse")["etag"] == answer["etag"]


def test_a_file_that_shrinks_while_it_is_read_is_cut_off_never_short(home, opener):
    put(home, b"big", bytes(8 << 20))
    with Stream(opener()) as stream:
        stream.send({"op": "read", "ref": "big"})
        assert stream.answer()["size"] == 8 << 20
        os.truncate(home / "big", 10)
        with pytest.raises(wire.CutOffError):
            stream.body()


def test_a_file_that_grows_meanwhile_is_answered_as_long_as_it_was(home, opener):
    put(home, b"endless", bytes(8 << 20))
    with Stream(opener()) as stream:
        stream.send({"op": "read", "ref": "endless"})
        assert stream.answer()["size"] == 8 << 20
        with open(home / "endless", "ab") as file:
            file.write(bytes(8 << 20))
        assert len(stream.body()) == 8 << 20


def test_a_write_keeps_mode_and_answers_the_new_etag(home, opener):
    put(home, b"script", b"old")
    os.chmod(home / "script", 0o640)
    answer = ask(opener, "write", b"script", [b"new ", b"text"], if_match=etag(b"old"))
    assert answer == {"ok": True, "etag": etag(b"new text"), "size": 8}
    assert (home / "script").read_bytes() == b"new text"
    assert stat.S_IMODE(os.stat(home / "script").st_mode) == 0o640
    assert ask(opener, "write", b"empty", [], if_none_match="*")["size"] == 0


def test_saving_over_a_changed_file_is_refused_with_the_current_etag(home, opener):
    put(home, b"f", b"theirs")
    answer = ask(opener, "write", b"f", [b"mine"], if_match=etag(b"base"))
    assert (answer["code"], answer["detail"]) == ("changed", {"etag": etag(b"theirs")})
    assert (home / "f").read_bytes() == b"theirs"
    gone = ask(opener, "write", b"gone", [b"mine"], if_match=etag(b"base"))
    assert (gone["code"], gone["detail"]) == ("changed", {"etag": None})
    taken = ask(opener, "write", b"f", [b"mine"], if_none_match="*")
    assert taken["code"] == "conflict"
    assert os.listdir(home) == ["f"]
    assert ask(opener, "write", b"f", [b"mine"], if_match="*")["ok"]


def test_a_file_that_changes_during_the_upload_is_not_overwritten(home, opener):
    put(home, b"f", b"base")
    with Stream(opener()) as stream:
        stream.send({"op": "write", "ref": "f", "if_match": etag(b"base")}, b"mine", closed=False)
        put(home, b"f", b"theirs")
        stream.end.sendall(wire.END_OF_BODY)
        assert stream.answer()["code"] == "changed"
    assert (home / "f").read_bytes() == b"theirs"
    assert os.listdir(home) == ["f"]


def test_of_many_saves_with_one_etag_exactly_one_wins(home, opener):
    put(home, b"f", b"base")
    streams = [Stream(opener()) for _ in range(8)]
    for number, stream in enumerate(streams):
        stream.send({"op": "write", "ref": "f", "if_match": etag(b"base")}, b"%d" % number,
                    closed=False)  # fmt: skip
    for stream in streams:
        stream.end.sendall(wire.END_OF_BODY)
    answers = [stream.answer() for stream in streams]
    for stream in streams:
        stream.end.close()
    (winner,) = [number for number, answer in enumerate(answers) if answer["ok"]]
    assert (home / "f").read_bytes() == b"%d" % winner
    assert os.listdir(home) == ["f"]


def test_an_upload_that_is_cut_off_changes_nothing(home, opener):
    put(home, b"f", b"old")
    with Stream(opener()) as stream:
        stream.send({"op": "write", "ref": "f"}, b"half", closed=False)
    threading_done(home)
    assert (home / "f").read_bytes() == b"old"


def threading_done(home):
    """Wait for the worker's threads: the temporary file is gone when they are."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(WAIT_SECONDS)
    assert os.listdir(home) == ["f"]


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_no_room_leaves_the_old_content(home, opener, monkeypatch, call, code):
    put(home, b"f", b"old")

    def full_disk(*_args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files_content.os, call, full_disk)
    answer = ask(opener, "write", b"f", [b"new"])
    monkeypatch.undo()
    assert answer["code"] == "disk_full"
    assert (home / "f").read_bytes() == b"old"
    assert os.listdir(home) == ["f"]


def test_a_refused_upload_is_answered_before_its_end(home, opener):
    with Stream(opener()) as stream:
        stream.send({"op": "write", "ref": "no/folder"}, b"x" * 1000, closed=False)
        assert stream.answer()["code"] == "not_found"


def test_folders_are_made_moved_and_removed_with_care(home, opener):
    assert ask(opener, "mkdir", b"a")["kind"] == "folder"
    assert ask(opener, "mkdir", b"a")["code"] == "conflict"
    assert ask(opener, "mkdir", b"x/y")["code"] == "not_found"
    assert ask(opener, "mkdir", b"y" * 256)["code"] == "bad_request"
    put(home, b"a/f", b"1")
    put(home, b"g", b"2")
    assert ask(opener, "move", b"a", to="a/b")["code"] == "bad_request"
    assert ask(opener, "move", b"a", to="a")["code"] in {"bad_request", "conflict"}
    assert ask(opener, "move", b"g", to="a/f")["code"] == "conflict"
    assert ask(opener, "move", b"g", to="x/f")["code"] == "not_found"
    assert ask(opener, "move", b"none", to="h")["code"] == "not_found"
    assert (home / "a/f").read_bytes() == b"1"
    assert ask(opener, "move", b"a", to="g")["code"] == "conflict"
    assert ask(opener, "move", b"a", to="ab")["name"] == "ab"
    assert ask(opener, "remove", b"ab")["code"] == "conflict"
    assert ask(opener, "remove", b"ab", recursive=True)["ok"]
    assert ask(opener, "remove", b"", recursive=True)["code"] == "bad_request"
    assert os.listdir(home) == ["g"]


def test_a_name_taken_in_the_last_instant_is_not_overwritten(home, opener, monkeypatch):
    put(home, b"a", b"1")
    put(home, b"b", b"2")
    monkeypatch.setattr(files_tree.os.path, "lexists", lambda _path: False)
    assert ask(opener, "move", b"a", to="b")["code"] == "conflict"
    assert (home / "b").read_bytes() == b"2"


def test_removing_a_deep_tree_works_or_says_so(home, opener):
    deep = os.open(home, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=deep)
        below = os.open("d", os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    answer = ask(opener, "remove", b"d", recursive=True)
    assert answer["ok"] or answer["code"] == "too_large"
    subprocess.run(["rm", "-rf", home / "d"], check=True)


@pytest.mark.parametrize(
    "header",
    [{}, {"op": "explode"}, {"op": ["list"]}, {"op": "list", "ref": "", "limit": "many"},
     {"op": "write", "ref": "a", "if_match": 7}, {"op": "write", "ref": "a", "if_none_match": "x"},
     {"op": "move", "ref": "a"}],
)  # fmt: skip
def test_a_request_that_is_none_is_answered(opener, header):
    with Stream(opener()) as stream:
        stream.send(header)
        assert stream.answer()["code"] == "bad_request"


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\1", b"GET /"])
def test_a_stream_of_something_else_is_closed_without_an_answer(opener, data):
    with Stream(opener()) as stream:
        stream.end.sendall(data)
        stream.end.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):  # what was not read resets the stream
            assert stream.end.recv(10) == b""


def test_a_stream_without_progress_ends(home, opener, monkeypatch):
    monkeypatch.setattr(files, "FILE_STALL_SECONDS", 1.0)
    put(home, b"big", bytes(8 << 20))
    with Stream(opener()) as silent, Stream(opener()) as half, Stream(opener()) as unread:
        half.send({"op": "write", "ref": "f"}, b"x", closed=False)
        unread.send({"op": "read", "ref": "big"})
        assert silent.end.recv(1) == b""
        assert half.end.recv(1) == b""
        for thread in [one for one in threading.enumerate() if one.name == WORKER]:
            thread.join(WAIT_SECONDS)
            assert not thread.is_alive(), "also when nobody reads what it sends"
    assert os.listdir(home) == ["big"]


def test_long_work_says_that_it_goes_on(home, opener, monkeypatch):
    monkeypatch.setattr(files, "BEAT_SECONDS", 0.01)
    may_go_on = threading.Event()

    def slow(_fd):
        assert may_go_on.wait(WAIT_SECONDS)

    monkeypatch.setattr(files_content.os, "fsync", slow)
    with Stream(opener()) as stream:
        stream.send({"op": "write", "ref": "f"}, b"x")
        beats = stream.reader._exactly(8)
        may_go_on.set()
        assert beats == wire.STILL_WORKING * 2
        assert stream.answer()["ok"]


def test_every_word_of_a_refusal_is_one_of_the_error_family():
    words = {word for word, _ in files_paths._ERRNO.values()} | {"changed", "too_many", "internal"}
    assert words <= {error.code for error in errors.ALL_ERRORS}


def pass_stream(control):
    ours, theirs = socket.socketpair()
    socket.send_fds(control, [b"s"], [theirs.fileno()])
    theirs.close()
    return ours


def test_the_loop_serves_streams_refuses_too_many_and_ends_with_its_socket(home, monkeypatch):
    monkeypatch.setattr(files, "MAX_WAITING", 2)
    put(home, b"f", b"x")
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    loop = threading.Thread(target=files.work, args=(theirs, str(home)))
    loop.start()
    try:
        control.send(b"s")  # a message without an fd is skipped
        held = [pass_stream(control), pass_stream(control)]
        with Stream(pass_stream(control)) as third:
            assert third.answer()["code"] == "too_many"
        for end in held:
            with Stream(end) as stream:
                stream.send({"op": "read", "ref": "f"})
                assert stream.answer()["ok"]
                assert stream.body() == b"x"
        assert names(ask(lambda: pass_stream(control), "list")) == ["f"]
    finally:
        control.close()
        loop.join(WAIT_SECONDS)
        theirs.close()
    assert not loop.is_alive()
