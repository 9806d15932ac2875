"""Folders as one zip: what is in it, what it is called, what is told to be missing, its ends."""

import errno
import io
import os
import socket
import stat
import tracemalloc
import zipfile

import pytest

from ide.agent import files, files_archive, files_zip_walk, zip_stream
from ide.agent.files_paths import Home, RefusalError
from ide.wire import files as wire
from tests.file_requests import WAIT_SECONDS, Stream, ask

MOST = 1 << 30
TOLD = files_archive.TOLD_NAME


def put(home, name, data=b""):
    full = os.path.join(os.fsencode(home), name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(data)
    return full


def made(home, *paths, most=MOST):
    """Return the zip of these paths, checked from its beginning to its end."""
    about, body = files_archive.archive(Home(str(home)), list(paths), most, lambda: None)
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(body)))
    assert zipped.testzip() is None
    assert len(set(zipped.namelist())) == len(zipped.namelist())
    return about, zipped


def told(zipped, name=TOLD):
    return zipped.read(name).decode().splitlines()[2:]


def test_a_folder_comes_with_all_that_is_in_it(home, opener):
    put(home, b"src/a.py", b"print(1)\n" * 9000)
    os.chmod(put(home, b"src/run.sh", b"#!/bin/sh\n"), 0o700)
    os.utime(put(home, b"src/inner/empty"), (0, 1_000_000_001))
    (home / "src/nothing").mkdir()
    put(home, b"beside", b"not asked for")
    answer = ask(opener, "archive", refs=["src"], max_bytes=MOST)
    assert (answer["ok"], answer["entries"], answer["bytes"]) == (True, 6, 81_010)
    zipped = zipfile.ZipFile(io.BytesIO(answer["body"]))
    assert zipped.testzip() is None
    assert zipped.namelist() == [
        "src/", "src/a.py", "src/inner/", "src/inner/empty", "src/nothing/", "src/run.sh",
    ]  # fmt: skip
    assert zipped.read("src/a.py") == b"print(1)\n" * 9000
    assert zipped.getinfo("src/a.py").compress_size < 1000
    assert zipped.getinfo("src/run.sh").external_attr >> 16 == stat.S_IFREG | 0o700
    assert b"UT\5\0\1" + (1_000_000_001).to_bytes(4, "little") in answer["body"]


def test_several_are_called_below_the_folder_they_share(home):
    for name in (b"a/b/1", b"a/b/c/2", b"a/d/3", b"a/e/4", b"ab/5"):
        put(home, name, name)
    names = ["b/", "b/1", "b/c/", "b/c/2", "d/3"]
    assert made(home, b"a/d/3", b"a/b/c/2", b"a/b")[1].namelist() == names
    assert made(home, b"a/b/1")[1].namelist() == ["1"]
    assert made(home, b"ab/5", b"a/e")[1].namelist() == ["a/e/", "a/e/4", "ab/5"]
    assert set(made(home, b"")[1].namelist()) >= {"a/", "a/b/c/2", "ab/5"}


def test_odd_names_are_text_and_no_two_are_alike(home):
    odd = [b"caf\xe9", b"caf%E9", b"\xff\xfe", "Ünï ☃.py".encode(), b"new\nline", b"back\\slash"]
    for name in odd:
        put(home, b"odd/" + name, name)
    zipped = made(home, b"odd")[1]
    assert {name: zipped.read(name) for name in zipped.namelist()[1:]} == {
        "odd/caf%E9 (2)": b"caf\xe9", "odd/caf%E9": b"caf%E9", "odd/%FF%FE": b"\xff\xfe",
        "odd/Ünï ☃.py": "Ünï ☃.py".encode(), "odd/new\nline": b"new\nline",
        "odd/back\\slash": b"back\\slash",
    }  # fmt: skip
    assert all(entry.flag_bits & 0x800 for entry in zipped.infolist())
    assert len(made(home, b"odd/caf\xe9", b"odd/caf%E9")[1].namelist()) == 2


def test_links_are_kept_as_links_and_lead_nowhere(home, tmp_path):
    (tmp_path / "secret").write_text("secret")
    put(home, b"f/real", b"real")
    for name, target in [("out", "../../secret"), ("in", "real"), ("gone", "x"), ("up", "..")]:
        (home / "f" / name).symlink_to(target)
    zipped = made(home, b"f")[1]
    assert {name: zipped.read(name) for name in zipped.namelist()[1:]} == {
        "f/gone": b"x", "f/in": b"real", "f/out": b"../../secret", "f/real": b"real", "f/up": b"..",
    }  # fmt: skip
    assert stat.S_ISLNK(zipped.getinfo("f/out").external_attr >> 16)
    # By name what a link means is wanted, but never what lies outside.
    by_name = made(home, b"f/in", b"f/out", b"f/gone")[1]
    assert [by_name.read(name) for name in ("in", "out", "gone")] == [
        b"real", b"../../secret", b"x",
    ]  # fmt: skip
    (home / "away").symlink_to(tmp_path)
    with pytest.raises(RefusalError, match="leads out of your home folder"):
        made(home, b"away/secret")
    assert made(home, b"away/secret", b"f/real", b"no/x")[1].namelist() == ["f/real", TOLD]
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        files_zip_walk.opened_below(os.fsencode(home), b"away")


def test_what_cannot_be_read_is_told_in_the_zip(home, monkeypatch):
    put(home, b"f/broken", bytes(100_000))
    put(home, b"f/" + TOLD.encode(), b"a name of one's own")
    put(home, b"f/locked", b"x")
    os.mkfifo(home / "f/pipe")
    put(home, b"f/" + b"d/" * (files_zip_walk.MAX_DEPTH + 1) + b"deep", b"x")
    read, opened = files_archive._read, os.open

    def breaks(fd, size):
        yield next(read(fd, size))
        if size == 100_000:
            raise OSError(errno.EIO, "Input/output error")

    def locked(path, *given, **named):
        if path == b"locked":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *given, **named)

    monkeypatch.setattr(files_archive, "_read", breaks)
    monkeypatch.setattr(os, "open", locked)
    zipped = made(home, b"f")[1]
    assert told(zipped) == [
        "f/broken: is not whole: it cannot be used: Input/output error.",
        "f/" + "d/" * files_zip_walk.MAX_DEPTH + "d: is nested too deeply.",
        "f/locked: cannot be used: its permissions, or its folder's, forbid it.",
        "f/pipe: is a pipe, not a file.",
    ]
    assert zipped.read("f/broken") == bytes(65536)
    monkeypatch.setattr(files_archive, "MAX_TOLD", 1)
    several = made(home, b"f/pipe", b"f/gone", b"f/" + TOLD.encode())[1]
    assert told(several, "NOT IN THIS ARCHIVE (2).txt")[1:] == ["… and 1 more."]


@pytest.mark.parametrize(
    ("ref", "code"),
    [("gone", "not_found"), ("pipe", "bad_request"), ("locked", "forbidden"),
     ("../x", "bad_request"), ("f/..", "bad_request"), (7, "bad_request")],
)  # fmt: skip
def test_what_cannot_be_had_is_refused_before_the_first_byte(home, opener, monkeypatch, ref, code):
    os.mkfifo(home / "pipe")
    put(home, b"locked")
    opened = os.open
    monkeypatch.setattr(
        os, "open", lambda path, *given, **named:
        opened(path, *given, **named) if path != b"locked" else denied())  # fmt: skip
    assert ask(opener, "archive", refs=[ref], max_bytes=MOST)["code"] == code


def denied():
    raise PermissionError(errno.EACCES, "Permission denied")


def test_senseless_requests_are_refused(opener):
    for fields in ({}, {"refs": []}, {"refs": "a"}, {"refs": ["a"]}, {"refs": ["a"] * 1001}):
        assert ask(opener, "archive", **fields)["code"] == "bad_request"


def test_too_much_is_refused_before_the_first_byte(home, monkeypatch):
    for number in range(10):
        put(home, b"f/%d" % number, bytes(100))
    assert made(home, b"f", most=1000)[0] == {"entries": 11, "bytes": 1000}
    with pytest.raises(RefusalError, match="larger than the 999 bytes") as refused:
        made(home, b"f", most=999)
    assert refused.value.code == "too_large"
    for limit, most in (("MAX_ARCHIVE_ENTRIES", 10), ("MAX_ARCHIVE_LIST_BYTES", 500)):
        with monkeypatch.context() as patch:
            patch.setattr(files_archive, limit, most)
            with pytest.raises(RefusalError, match="too many for one"):
                made(home, b"f")


def test_what_grows_meanwhile_has_an_end(home):
    put(home, b"f/a", b"old")
    body = files_archive.archive(Home(str(home)), [b"f"], 1000, lambda: None)[1]
    put(home, b"f/b", bytes(2000))
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(body)))
    assert zipped.namelist() == ["f/", "f/a", TOLD]
    (line,) = told(zipped)
    assert line.startswith("Everything that would follow: These files are larger than the 1000")


def test_a_file_that_grows_all_the_time_ends_where_it_was(home, monkeypatch):
    full, read = put(home, b"log", bytes(100_000)), files_archive._read

    def growing(fd, size):
        for data in read(fd, size):
            put(home, b"log", bytes(os.path.getsize(full) + 100_000))
            yield data

    monkeypatch.setattr(files_archive, "_read", growing)
    assert len(made(home, b"log")[1].read("log")) == 100_000


def test_zip64_where_it_is_wanted_and_only_there(home, monkeypatch):
    for number in range(20):
        put(home, b"f/%d" % number, os.urandom(700))
    assert b"PK\6\6" not in b"".join(
        files_archive.archive(Home(str(home)), [b"f"], MOST, lambda: None)[1]
    )
    for name, value in (("MOST_32", 700), ("MOST_16", 15), ("LARGE", 650)):
        monkeypatch.setattr(zip_stream, name, value)
    zipped = made(home, b"f")[1]
    assert len(zipped.namelist()) == 21
    assert all(zipped.getinfo(f"f/{at}").file_size == 700 for at in range(20))
    assert zipped.getinfo("f/9").extract_version == 45


def test_a_large_file_passes_without_being_held_and_without_silence(home, monkeypatch):
    put(home, b"large")
    os.truncate(home / "large", 48 << 20)
    monkeypatch.setattr(zip_stream, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(files_archive, "SEND_SECONDS", 0.0)
    body = files_archive.archive(Home(str(home)), [b"large"], MOST, lambda: None)[1]
    tracemalloc.start()
    try:
        chunks = [len(data) for data in body]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert len(chunks) > 500  # though all of it is less than one chunk
    assert made(home, b"large")[1].getinfo("large").file_size == 48 << 20


def test_who_hangs_up_ends_the_work(home, opener, monkeypatch):
    put(home, b"f/large", os.urandom(4 << 20))
    before = len(os.listdir("/proc/self/fd"))
    with Stream(opener()) as stream:
        stream.send({"op": "archive", "refs": ["f"], "max_bytes": MOST})
        assert stream.answer()["ok"]
        assert next(stream.reader.body())
    opener_threads = [thread for thread in files.threading.enumerate() if "worker" in thread.name]
    for thread in opener_threads:
        thread.join(WAIT_SECONDS)
    assert len(os.listdir("/proc/self/fd")) == before
    ours, theirs = socket.socketpair()
    with theirs:
        exchange = files.Exchange(theirs)
        exchange.heard()
        ours.sendall(wire.pack_header({}))
        exchange.heard()
        ours.close()
        monkeypatch.setattr(files_archive, "LOOK_EVERY", 1)
        with pytest.raises(ConnectionError):  # while it is still looked at what there is
            files_archive.archive(Home(str(home)), [b"f"], MOST, exchange.heard)
